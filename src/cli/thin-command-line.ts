import {
  THIN_OPTIONS,
  type ThinGiven,
  type ThinOption,
  type ThinValue,
  takeRackup,
} from "../config/index.ts";
import { OptionError, parseOptions, type Switch } from "./option-parser.ts";
import { checkAdapter, checkPrefix } from "./thin-adapter.ts";
import { ThinError } from "./thin-error.ts";
import { checkReactor } from "./thin-reactor.ts";

/** What a server can be told. */
export type ThinCommand = "start" | "stop" | "restart";

/** What a command line of Thin's asks for. */
export type Asked =
  | { readonly kind: "help" | "version" | "nothing" }
  | {
      readonly kind: ThinCommand | "config";
      /** By Thin's own names. */
      readonly given: ThinGiven;
      readonly warnings: readonly string[];
    }
  /** `directory`: where its config files are to be; undefined for the usual place. */
  | { readonly kind: "install"; readonly given: ThinGiven; readonly directory: string | undefined };

const COMMANDS: readonly string[] = ["start", "stop", "restart", "config", "install"];

const SWITCHES: readonly Switch[] = THIN_OPTIONS.map(({ key, short, long, argument }) => ({
  key,
  short,
  long,
  argument: argument === undefined ? undefined : argument.startsWith("[") ? "placed" : "required",
}));

const REPEATABLE: readonly string[] = THIN_OPTIONS.filter(({ isRepeatable }) => isRepeatable).map(
  ({ key }) => key,
);

/** Reads as Thin does: help and version act at once, the first word is the command. Throws ThinError. */
export function readThin(argv: readonly string[]): Asked {
  const given = new Map<string, ThinValue>();
  const words: string[] = [];
  for (const parsed of thinWords(argv)) {
    if (parsed.kind === "word") words.push(parsed.text);
    else if (parsed.key === "help" || parsed.key === "version") return { kind: parsed.key };
    else given.set(parsed.key, withOthers(given, parsed.key, parsed.value ?? true));
  }
  const [command, ...rest] = words;
  if (command === undefined) return { kind: "nothing" };
  const kind = commandOf(command, rest);
  if (kind === "install") return { kind, given: fitForInstall(given), directory: rest[0] };
  const warnings = takeRackup(given);
  // A file may have the last word on them, and the other commands start nothing.
  if (kind === "start" && !given.has("config")) checkOptions(given);
  return { kind, given, warnings };
}

/** There is one service of a machine, and no options of a server's make another. Throws ThinError. */
function fitForInstall(given: ThinGiven): ThinGiven {
  if (!["config", "servers", "only"].some((key) => given.has(key))) return given;
  throw new ThinError("Invalid options for command: install");
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

/** The last of a name wins, unless it may be given several times: `require` is always a list, others where they have to be. */
function withOthers(given: ThinGiven, key: string, value: string | boolean): ThinValue {
  if (!REPEATABLE.includes(key)) return value;
  const before = [given.get(key) ?? []].flat();
  if (before.length === 0 && key !== "require") return value;
  return [...before, value].map(String);
}

function commandOf(command: string, rest: readonly string[]): ThinCommand | "config" | "install" {
  if (!COMMANDS.includes(command)) {
    throw new ThinError(`Unknown command: ${command}. Use one of ${COMMANDS.join(", ")}`);
  }
  const most = command === "install" ? 1 : 0;
  if (rest.length > most) {
    throw new ThinError(
      `wrong number of arguments (given ${rest.length}, expected ${most}) (ArgumentError)`,
    );
  }
  return command as ThinCommand | "config" | "install";
}

/** Whether every option that was given is one that can be followed. Throws ThinError. */
export function checkOptions(given: ThinGiven): void {
  const refused = THIN_OPTIONS.find(({ key, refusal }) => refusal !== undefined && given.has(key));
  if (refused) throw new ThinError(refusalOf(refused));
  checkAdapter(given);
  checkPrefix(given);
  checkReactor(given);
  const rackup = given.get("rackup");
  if (typeof rackup === "string" && !/\.r[ub]$/.test(rackup)) {
    throw new ThinError("Invalid rackup file.  please specify either a .ru or .rb file");
  }
}

/** Whether the options are at one about what is said. Throws ThinError, in Thin's words. */
export function checkVoice(given: ThinGiven): void {
  if (!given.has("quiet") || !given.has("trace")) return;
  throw new ThinError(
    "trace logger must respond to level (ArgumentError): with -q there is none. Leave out -q or -V.",
  );
}

function refusalOf({ short, long, refusal }: ThinOption): string {
  const name = short === undefined ? `--${long}` : `-${short}, --${long}`;
  return `${name} is not in Gossamer. ${refusal}`;
}
