import type { ReactorUse } from "./options.ts";

/**
 * A Ruby process that was there before the front, has its app already, and is to be the one worker: see "A worker that
 * was there first" in docs/PROTOCOL.md.
 */
export interface Host {
  readonly pid: number;
  /** Has it get in touch, as the worker that these settings tell of. */
  adopt(settings: WorkerSettings): void;
}

/** What a worker has to know to get in touch. */
export interface WorkerSettings {
  /** Path of the socket that it connects to. */
  readonly socket: string;
  readonly number: number;
  readonly generation: number;
  readonly threads: number;
  /** How many workers there are. */
  readonly workers: number;
  /** Gives the app `rack.early_hints`. */
  readonly early_hints: boolean;
  /** The server by whose name and further keys the app knows us; "" for our own. */
  readonly imitate: string;
  /** Whether EventMachine's reactor runs beside the app. */
  readonly reactor: ReactorUse;
}
