import type { Page, Request } from "../message/index.ts";
import type { Emit } from "./facts.ts";
import type { Failure } from "./failure.ts";

/** How the app is made: by its rackup file, by that of a Rails app, or of the files in its folder. */
export type Adapter = "rack" | "rails" | "file";

/**
 * Whether workers run EventMachine's reactor beside the app, for Thin's async API: when the app has loaded EventMachine,
 * always, or never.
 */
export type ReactorUse = "auto" | "always" | "never";

/** What the native engine has to know. Complete: defaults are `NATIVE_DEFAULTS`. */
export interface NativeOptions {
  /** How Ruby is started: the command and its first arguments. */
  readonly rubyCommand: readonly string[];
  /** The folder that the app runs in, absolute. */
  readonly appFolder: string;
  /** The rackup file, from `appFolder`; what else the adapter makes the app of. */
  readonly rackup: string;
  readonly adapter: Adapter;
  /** The path that the app is mounted under, from `/` on; "" for none. */
  readonly prefix: string;
  readonly reactor: ReactorUse;
  /** What Ruby requires after the app's bundle and before the app. */
  readonly require: readonly string[];
  /** RACK_ENV. */
  readonly environment: string;
  /** Calls that a worker runs at a time. */
  readonly threads: number;
  /** How many workers there are going to be: `rack.multiprocess` says whether it is more than one. */
  readonly workers: number;
  /** Loads the app once, in a mold that forks the workers. */
  readonly preload: boolean;
  readonly yjit: boolean;
  /** Gives apps `rack.early_hints`, which sends 103 responses. */
  readonly earlyHints: boolean;
  /** Collects garbage between requests. */
  readonly oobGc: boolean;
  /** How long the app may take to load; 0 is for ever. */
  readonly bootTimeoutMs: number;
  /** Variables for the Ruby processes. */
  readonly env: NodeJS.ProcessEnv;
  /** The file that the workers' stdout and stderr go to; undefined: where ours go. */
  readonly log: string | undefined;
  /** What the name of the private folder begins with, in the folder for temporary files. */
  readonly folderPrefix: string;
  /** A word for the process list; "" for the name of the app's folder. */
  readonly tag: string;
  /** The server by whose name and further keys the app knows us. */
  readonly imitate: "thin" | undefined;
  /** Memory of a process; undefined where the system does not tell. */
  readonly memoryBytesOf: (pid: number) => Promise<number | undefined>;
  readonly emit: Emit;
  /** What the client sees when the app raises. */
  readonly page: (failure: Failure, request: Request) => Page;
}

/** Values for what the user need not say. */
export const NATIVE_DEFAULTS = {
  rackup: "config.ru",
  adapter: "rack",
  prefix: "",
  reactor: "auto",
  require: [],
  environment: "development",
  threads: 1,
  workers: 1,
  preload: false,
  yjit: false,
  earlyHints: false,
  oobGc: false,
  bootTimeoutMs: 60_000,
  log: undefined,
  folderPrefix: "gossamer-",
  tag: "",
  imitate: undefined,
} as const;
