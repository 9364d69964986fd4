import type { CommandTable } from "./command-table.ts";
import { choice, duration, flag, integer, type Kind, list, text } from "./kinds.ts";

/** What every command that reads a Procfile may be told. */
export interface ProcfileSettings {
  readonly procfile: string | undefined;
  readonly root: string | undefined;
  readonly env: readonly string[];
  readonly environment: string | undefined;
  readonly formation: string | undefined;
  readonly concurrency: string | undefined;
  readonly port: number | undefined;
  readonly portStep: number;
  /** In milliseconds. */
  readonly timeout: number;
}

/** What `gossamer up` may be told. */
export interface UpSettings extends ProcfileSettings {
  readonly detach: boolean;
  readonly canDie: readonly string[];
  readonly autoRestart: readonly string[];
  readonly timestamp: boolean;
  readonly color: boolean | undefined;
}

/** What `gossamer export` may be told. */
export interface ExportSettings extends ProcfileSettings {
  readonly app: string;
  readonly user: string | undefined;
  readonly log: string | undefined;
  readonly out: string | undefined;
}

const COMMON: CommandTable<ProcfileSettings> = {
  procfile: {
    kind: text("FILE", "a Procfile"),
    fallback: undefined,
    fallbackWords: "Procfile_ENV or Procfile.ENV, else Procfile",
    short: "f",
    help: "The Procfile.",
  },
  root: {
    kind: text("DIR", "a folder"),
    fallback: undefined,
    fallbackWords: "the Procfile's",
    short: "d",
    help: "The folder that processes run in.",
  },
  env: {
    kind: list(text("FILES", "names of files")),
    fallback: [],
    fallbackWords: ".env in the folder, if there is one",
    short: "e",
    help: "Files with KEY=VALUE lines, joined by commas; the later one wins.",
  },
  environment: {
    kind: text("ENV", "the name of an environment"),
    fallback: undefined,
    fallbackWords: "RACK_ENV, else RAILS_ENV",
    short: "E",
    help: "The environment that the Procfile is chosen for.",
  },
  formation: {
    kind: text("FORMATION", "web=2,worker=1"),
    fallback: undefined,
    fallbackWords: "all=1",
    short: "m",
    help: "How many of each: web=2,worker=1; all=1 is for those not named, which else are left out.",
  },
  concurrency: {
    kind: text("FORMATION", "web=2,worker=1"),
    fallback: undefined,
    help: "The same, by the name that it had once.",
  },
  port: {
    kind: integer(0, "PORT"),
    fallback: undefined,
    fallbackWords: "PORT of the env files, else of the environment, else 5000",
    short: "p",
    help: "PORT of the first process.",
  },
  portStep: {
    kind: integer(1, "N"),
    fallback: 100,
    short: "P",
    help: "From the ports of one line to those of the next.",
  },
  timeout: {
    kind: duration,
    fallback: 5_000,
    short: "t",
    help: "How long processes have to end before they are killed.",
  },
};

/** The options of `gossamer up`. */
export const UP_OPTIONS: CommandTable<UpSettings> = {
  ...COMMON,
  detach: {
    kind: flag,
    fallback: false,
    short: "D",
    help: "Leave them to a supervisor in the background, and return when all are up.",
  },
  canDie: {
    kind: list(text("NAMES", "names of processes, or all")),
    fallback: [],
    fallbackWords: "none: when one ends, all do",
    short: "c",
    help: "Those that may end while the others go on; `all` for all of them.",
  },
  autoRestart: {
    kind: list(text("NAMES", "names of processes, or all")),
    fallback: [],
    fallbackWords: "none",
    short: "r",
    help: "Those that are started again when they end; `all` for all of them.",
  },
  timestamp: { kind: flag, fallback: true, help: "Show the time before each line." },
  color: {
    kind: flag,
    fallback: undefined,
    fallbackWords: "on a terminal, unless NO_COLOR is set",
    help: "Show names in colour.",
  },
};

/** The options of `gossamer export`. */
export const EXPORT_OPTIONS: CommandTable<ExportSettings> = {
  ...COMMON,
  app: {
    kind: text("NAME", "a name"),
    fallback: "app",
    short: "a",
    help: "What it is all called.",
  },
  user: {
    kind: text("USER", "the name of a user"),
    fallback: undefined,
    fallbackWords: "as the app is called",
    short: "u",
    help: "Who the processes run as.",
  },
  log: {
    kind: text("DIR", "a folder"),
    fallback: undefined,
    fallbackWords: "bluepill: /var/log/APP; systemd: the journal",
    short: "l",
    help: "The folder for what processes print.",
  },
  out: {
    kind: text("DIR", "a folder"),
    fallback: undefined,
    fallbackWords: "standard output",
    short: "o",
    help: "The folder to write the files to.",
  },
};

/** The formats that `gossamer export` knows. */
export const exportFormat: Kind<"bluepill" | "systemd"> = choice("bluepill", "systemd");
