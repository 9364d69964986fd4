import { type Deferred, deferred } from "../kit/index.ts";
import { LoadError, WorkerStartError } from "./errors.ts";
import { type Cause, next, type WorkerState } from "./states.ts";
import type { Departure, Worker } from "./worker.ts";

/** A worker of the pool: its state, and promises for the two turns of its life. */
export class Member {
  readonly worker: Worker;
  readonly startedAtMs: number;
  readonly #ready: Deferred<void> = deferred();
  readonly #gone: Deferred<void> = deferred();
  /** True once another has been asked for in its place, so that nobody asks twice. */
  isBeingReplaced = false;
  #state: WorkerState = "starting";

  constructor(worker: Worker, startedAtMs: number) {
    this.worker = worker;
    this.startedAtMs = startedAtMs;
    // Not everybody who hires waits; the departure is reported as a fact in any case.
    this.#ready.promise.catch(() => {});
  }

  get state(): WorkerState {
    return this.#state;
  }

  /** Resolves when it serves; rejects with LoadError or WorkerStartError when it never will. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  get gone(): Promise<void> {
    return this.#gone.promise;
  }

  /** Moves on; false when `cause` means nothing in the present state. */
  hear(cause: Cause): boolean {
    const before = this.#state;
    this.#state = next(before, cause);
    if (this.#state === "serving") this.#ready.resolve();
    return this.#state !== before;
  }

  leave(departure: Departure): void {
    this.hear("exit");
    this.#ready.reject(startError(this.worker, departure));
    this.#gone.resolve();
  }
}

function startError(worker: Worker, { loadError, reason }: Departure): Error {
  if (loadError !== undefined) return new LoadError(loadError);
  const hint = /^could not/.test(reason)
    ? ""
    : ". The app ended it while it loaded (exit!, a crash)";
  return new WorkerStartError(
    `Worker ${worker.number} ended before it was ready: ${reason}${hint}.`,
  );
}
