import type { WorkerState } from "./states.ts";

/** What a worker has to do. */
export interface Load {
  /** Requests that it has answered. */
  readonly answered: number;
  /** Requests that it was given and has not answered. */
  readonly inFlight: number;
  /** Its slots that are at a request. */
  readonly busySlots: number;
  /** For how long the slowest of them has been at its request; 0 when none is busy. */
  readonly longestMs: number;
}

/** How a worker is doing. */
export interface WorkerFigures extends Load {
  readonly number: number;
  readonly generation: number;
  /** Undefined until it is known. */
  readonly pid: number | undefined;
  readonly state: WorkerState;
  readonly slots: number;
}

/** How the pool is doing. */
export interface PoolFigures {
  /** Which loading of the app is at work. */
  readonly generation: number;
  readonly workers: readonly WorkerFigures[];
  /** Requests that wait for a worker. */
  readonly queueLength: number;
  /** How long the oldest of them has waited. */
  readonly queueWaitMs: number;
}
