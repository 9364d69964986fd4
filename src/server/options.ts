import type { Address, HttpOptions } from "../http/index.ts";
import type { PoolOptions } from "../pool/index.ts";
import type { Adapter, Host, ReactorUse } from "../rack/index.ts";
import type { Identity } from "../unix/index.ts";

/** The app, and the Ruby that runs it. */
export interface AppOptions {
  /** Absolute. The app's working directory; relative paths of the options are relative to it. */
  readonly directory: string;
  readonly adapter: Adapter;
  /** Absolute: a `.ru` file, or the `.rb` file of a class; what else the adapter makes the app of. */
  readonly rackup: string;
  /** The path that the app is mounted under; undefined: none. */
  readonly prefix: string | undefined;
  /** What Ruby requires before the app. */
  readonly require: readonly string[];
  /** RACK_ENV. */
  readonly environment: string;
  /** The Ruby executable, absolute. */
  readonly ruby: string;
  /** Requests that one worker runs at a time. */
  readonly threads: number;
  /** Whether EventMachine's reactor runs beside the app, for Thin's async API. */
  readonly reactor: ReactorUse;
  /** Load the app once, in a mold that forks the workers. */
  readonly preload: boolean;
  readonly yjit: boolean;
  /** Give the app `rack.early_hints`: 103 responses. */
  readonly earlyHints: boolean;
  /** Collect garbage between requests rather than in them. */
  readonly oobgc: boolean;
  /** How long the app may take to load; 0 is for ever. */
  readonly bootTimeoutMs: number;
  /** A word for the process list. */
  readonly tag: string | undefined;
  /** The server whose ways to describe itself are kept to. */
  readonly imitate: "thin" | undefined;
}

/** Everything that a server has to be told. */
export interface ServerOptions {
  readonly listen: readonly Address[];
  readonly app: AppOptions;
  readonly http: HttpOptions;
  readonly pool: PoolOptions;
  /** How long a graceful stop may take. */
  readonly stopTimeoutMs: number;
  /** Who to become once the addresses are bound; undefined: nobody else. */
  readonly identity: Identity | undefined;
  /** The Ruby process that has the app already and is the one worker; undefined: we start our own. */
  readonly host: Host | undefined;
  /** Where the workers' stdout and stderr go, absolute; undefined: where ours go. */
  readonly log: string | undefined;
}
