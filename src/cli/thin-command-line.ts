import { THIN_OPTIONS, type ThinOption } from "../config/index.ts";
import { OptionError, parseOptions, type Switch } from "./option-parser.ts";

/** What Thin would answer to a command line that it cannot follow. */
export class ThinError extends Error {
  override readonly name = "ThinError";
}

/** What a command line of Thin's asks for. */
export type Asked =
  | { readonly kind: "help" | "version" | "nothing" }
  | {
      readonly kind: "start" | "stop" | "restart";
      /** By Thin's own names; the last of a name wins. */
      readonly given: ReadonlyMap<string, string | boolean>;
      readonly warnings: readonly string[];
    };

const COMMANDS: readonly string[] = ["start", "stop", "restart", "config", "install"];

const SWITCHES: readonly Switch[] = THIN_OPTIONS.map(({ key, short, long, argument }) => ({
  key,
  short,
  long,
  argument: argument === undefined ? undefined : argument.startsWith("[") ? "placed" : "required",
}));

/** Reads as Thin does: help and version act at once, the first word is the command. Throws ThinError. */
export function readThin(argv: readonly string[]): Asked {
  const given = new Map<string, string | boolean>();
  const words: string[] = [];
  const warnings: string[] = [];
  for (const parsed of thinWords(argv)) {
    if (parsed.kind === "word") words.push(parsed.text);
    else if (parsed.key === "help" || parsed.key === "version") return { kind: parsed.key };
    else if (isRackup(parsed.key, parsed.value)) {
      warnings.push("WARNING: Use the -R option to load a Rack config file");
      given.set("rackup", parsed.value);
    } else given.set(parsed.key, parsed.value ?? true);
  }
  const [command, ...rest] = words;
  if (command === undefined) return { kind: "nothing" };
  const kind = commandOf(command, rest);
  checkOptions(given);
  return { kind, given, warnings };
}

function* thinWords(argv: readonly string[]): ReturnType<typeof parseOptions> {
  try {
    yield* parseOptions(argv, SWITCHES);
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    throw new ThinError(`thin: ${error.message} (OptionParser::${className(error)})`, {
      cause: error,
    });
  }
}

/** `invalid option` is InvalidOption in Ruby. */
function className({ reason }: OptionError): string {
  return reason.replace(/(?:^| )(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** Thin takes `-r config.ru` for a slip of `-R config.ru`. */
function isRackup(key: string, value: string | boolean | undefined): value is string {
  return key === "require" && typeof value === "string" && value.endsWith(".ru");
}

function commandOf(command: string, rest: readonly string[]): "start" | "stop" | "restart" {
  if (!COMMANDS.includes(command)) {
    throw new ThinError(`Unknown command: ${command}. Use one of ${COMMANDS.join(", ")}`);
  }
  if (rest.length > 0) {
    throw new ThinError(
      `wrong number of arguments (given ${rest.length}, expected 0) (ArgumentError)`,
    );
  }
  if (command === "start" || command === "stop" || command === "restart") return command;
  throw new ThinError(`thin ${command} is not in this version of Gossamer.`);
}

function checkOptions(given: ReadonlyMap<string, string | boolean>): void {
  const missing = THIN_OPTIONS.find(({ key, isMissing }) => isMissing && given.has(key));
  if (missing) throw new ThinError(refusal(missing));
  const adapter = given.get("adapter");
  if (adapter !== undefined && adapter !== "rack") {
    throw new ThinError(`Adapter not found: ${adapter}`);
  }
  const rackup = given.get("rackup");
  if (typeof rackup === "string" && !/\.r[ub]$/.test(rackup)) {
    throw new ThinError("Invalid rackup file.  please specify either a .ru or .rb file");
  }
}

function refusal({ short, long, help }: ThinOption): string {
  const name = short === undefined ? `--${long}` : `-${short}, --${long}`;
  return `${name} (${help}) is not in this version of Gossamer. Leave it out, or run the thin gem.`;
}
