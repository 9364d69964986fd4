import { OptionError, parseOptions, type Switch } from "./option-parser.ts";

/** What a command line of `bluepill` asks for. */
export interface Asked {
  readonly kind: "help" | "version" | "words";
  readonly words: readonly string[];
  /** Undefined: the environment's, or the user's own. */
  readonly baseDir: string | undefined;
  /** What `log` follows when the daemon has no log file of its own. */
  readonly logFile: string;
  readonly isPrivileged: boolean;
  /** How long an order may take before it is asked for again, and how long a pill may take to be read. */
  readonly timeoutMs: number;
  /** How often it is asked for. */
  readonly attempts: number;
  readonly isDryRun: boolean;
  readonly isJson: boolean;
}

interface Option extends Switch {
  readonly placeholder?: string;
  readonly help: string;
}

/** Every option of `bluepill`, in the order of its help. */
export const BLUEPILL_OPTIONS: readonly Option[] = [
  {
    key: "logFile",
    short: "l",
    long: "logfile",
    argument: "required",
    placeholder: "LOGFILE",
    help: "Path to logfile, defaults to /var/log/bluepill.log",
  },
  {
    key: "baseDir",
    short: "c",
    long: "base-dir",
    argument: "required",
    placeholder: "DIR",
    help: "Directory to store bluepill socket and pid files, defaults to /var/run/bluepill",
  },
  { key: "version", short: "v", long: "version", help: "Show the version" },
  {
    key: "privileged",
    long: "privileged",
    negatable: true,
    help: "Allow/disallow to run bluepill as non-privileged process. disallowed by default",
  },
  {
    key: "timeout",
    short: "t",
    long: "timeout",
    argument: "required",
    placeholder: "TIMEOUT",
    help: "Seconds to wait for the daemon, or for a pill to be read, defaults to 60",
  },
  {
    key: "attempts",
    long: "attempts",
    argument: "required",
    placeholder: "COUNT",
    help: "How often to ask a daemon that does not answer, defaults to 5",
  },
  { key: "help", short: "h", long: "help", help: "Show this message" },
  { key: "dryRun", long: "dry-run", help: "load: show what would change, and change nothing" },
  { key: "json", long: "json", help: "status: one JSON document" },
  { key: "follow", short: "f", long: "follow", help: "log: go on as it grows, as it does anyway" },
];

const DEFAULT_LOG = "/var/log/bluepill.log";
const DEFAULT_TIMEOUT_SECONDS = 60;
const DEFAULT_ATTEMPTS = 5;

/** Reads a command line; `-h` and `-v` act where they stand. Throws OptionError. */
export function readBluepill(argv: readonly string[]): Asked {
  const words: string[] = [];
  const given = new Map<string, string | boolean | undefined>();
  let kind: Asked["kind"] = argv.length === 0 ? "help" : "words";
  for (const part of parseOptions(argv, BLUEPILL_OPTIONS)) {
    if (part.kind === "word") words.push(part.text);
    else if (part.key === "help" || part.key === "version") {
      kind = part.key;
      break;
    } else given.set(part.key, part.value);
  }
  return {
    kind,
    words,
    baseDir: textOf(given.get("baseDir")),
    logFile: textOf(given.get("logFile")) ?? DEFAULT_LOG,
    isPrivileged: given.get("privileged") !== false,
    timeoutMs: 1_000 * whole("timeout", given.get("timeout"), DEFAULT_TIMEOUT_SECONDS),
    attempts: whole("attempts", given.get("attempts"), DEFAULT_ATTEMPTS),
    isDryRun: given.has("dryRun"),
    isJson: given.has("json"),
  };
}

function textOf(value: string | boolean | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function whole(option: string, value: string | boolean | undefined, byDefault: number): number {
  if (value === undefined) return byDefault;
  const number = Number(value);
  if (Number.isInteger(number) && number > 0) return number;
  throw new OptionError("invalid argument", `--${option} ${value}`);
}
