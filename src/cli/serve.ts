import { resolve } from "node:path";
import {
  ConfigError,
  FLAGS,
  fromEnvironment,
  fromFile,
  fromFlags,
  fromForeignEnvironment,
  NOTHING_TO_OPEN,
  optionsHelp,
  type Said,
  type SettingName,
  type Settings,
  settle,
  unknownFlag,
} from "../config/index.ts";
import { type Format, jsonFormat, type Level, textFormat } from "../observe/index.ts";
import { takeListenFds } from "../unix/index.ts";
import { EXIT } from "./exit-codes.ts";
import { OptionError, parseOptions, type Switch } from "./option-parser.ts";
import { version } from "./version.ts";

const HELP: Switch = { key: "help", short: "h", long: "help" };

/** `gossamer serve [DIR] [options]`: resolves with the exit code once the server is done. */
export async function serveCommand(
  words: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<number> {
  const flags = flagsOf(words);
  if (flags === "help") {
    console.log(serveHelp());
    return EXIT.ok;
  }
  const inherited = takeListenFds(env, process.pid).map(({ fd }) => fd);
  const settings = await settingsFrom(flags, env, inherited.length > 0 ? [NOTHING_TO_OPEN] : []);
  const { serve } = await import("./wire.ts");
  const { startServer } = await import("../server/index.ts");
  const format = formatFor(settings);
  const software = `gossamer ${version()}`;
  return serve({ settings, software, format, env, inherited, background: undefined }, startServer);
}

/** The help of the command. */
export function serveHelp(): string {
  return `Usage: gossamer serve [DIR] [options]

Each option is also a variable (--max-queue is GOSSAMER_MAX_QUEUE) and a key of gossamer.yml (max_queue).

${optionsHelp()}`;
}

function flagsOf(words: readonly string[]): Said | "help" {
  const given: [SettingName, unknown][] = [];
  const folders: string[] = [];
  try {
    for (const parsed of parseOptions(words, [...FLAGS, HELP])) {
      if (parsed.kind === "word") folders.push(parsed.text);
      else if (parsed.key === HELP.key) return "help";
      else given.push([parsed.key as SettingName, parsed.value]);
    }
  } catch (error) {
    if (error instanceof OptionError && error.reason === "invalid option") {
      throw unknownFlag(error.word);
    }
    throw error;
  }
  if (folders.length > 1)
    throw new ConfigError(`One folder is served, not ${folders.join(" and ")}.`);
  return fromFlags([...given, ...folders.map((folder) => ["chdir", folder] as const)]);
}

async function settingsFrom(
  flags: Said,
  env: NodeJS.ProcessEnv,
  weakest: readonly Said[],
): Promise<Settings> {
  const variables = fromEnvironment(env);
  const { chdir, config } = settle([flags, variables]);
  const file = await fromFile(resolve(chdir), config);
  return settle([flags, variables, file, fromForeignEnvironment(env), ...weakest]);
}

function formatFor({ logFormat, log, quiet, debug }: Settings): Format {
  const least: Level = quiet ? "warn" : debug ? "debug" : "info";
  if (logFormat === "json") return jsonFormat(least);
  return textFormat({ least, isTerminal: log === undefined && process.stdout.isTTY === true });
}
