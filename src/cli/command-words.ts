import { type CommandTable, commandFlags, unknownCommandFlag } from "../config/index.ts";
import { OptionError, parseOptions, type Switch } from "./option-parser.ts";

const HELP: Switch = { key: "help", short: "h", long: "help" };

/** What a command line has: options by their names, in order, and the other words. */
export interface CommandWords {
  readonly given: readonly (readonly [string, unknown])[];
  readonly words: readonly string[];
  readonly isHelp: boolean;
}

/** Reads the words of a command with these options. Throws OptionError, or ConfigError with the nearest option. */
export function commandWords<S>(argv: readonly string[], table: CommandTable<S>): CommandWords {
  const given: (readonly [string, unknown])[] = [];
  const words: string[] = [];
  try {
    for (const parsed of parseOptions(argv, [...commandFlags(table), HELP])) {
      if (parsed.kind === "word") words.push(parsed.text);
      else if (parsed.key === HELP.key) return { given, words, isHelp: true };
      else given.push([parsed.key, parsed.value]);
    }
  } catch (error) {
    if (error instanceof OptionError && error.reason === "invalid option") {
      throw unknownCommandFlag(table, error.word);
    }
    throw error;
  }
  return { given, words, isHelp: false };
}
