import type { Clock } from "../kit/index.ts";
import { LoadError } from "./errors.ts";
import type { PoolFact } from "./facts.ts";

/** What a restart is made of. */
export interface Renewable {
  /** False once the pool is stopping: there is nothing to restart any more. */
  readonly isRunning: boolean;
  /** Has the app loaded anew, as `generation`. */
  renew(generation: number): Promise<void>;
  /** Replaces every worker that is there now by one of the generation at work. */
  replaceAll(): Promise<void>;
}

/** Which loading of the app is at work; restarts come one after the other. */
export class Generations {
  readonly #pool: Renewable;
  readonly #clock: Clock;
  readonly #emit: (fact: PoolFact) => void;
  #current = 1;
  /** The last number that was given; its generation may have failed. */
  #last = 1;
  #running: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;

  constructor(pool: Renewable, clock: Clock, emit: (fact: PoolFact) => void) {
    this.#pool = pool;
    this.#clock = clock;
    this.#emit = emit;
  }

  /** The one that new workers belong to. */
  get current(): number {
    return this.#current;
  }

  /** Begins the next one. While a restart is under way, all that are asked for are one, which comes after it. */
  restart(): Promise<void> {
    if (this.#next === undefined) {
      const next = this.#running.then(() => this.#restartNow());
      this.#next = next;
      this.#running = next.catch(() => {});
    }
    return this.#next;
  }

  // Private

  async #restartNow(): Promise<void> {
    this.#next = undefined;
    if (!this.#pool.isRunning) return;
    const generation = ++this.#last;
    const startedAtMs = this.#clock.nowMs();
    this.#emit({ type: "restart-began", generation });
    await this.#replaceBy(generation);
    const tookMs = this.#clock.nowMs() - startedAtMs;
    this.#emit({ type: "restart-done", generation, tookMs });
  }

  async #replaceBy(generation: number): Promise<void> {
    const before = this.#current;
    try {
      await this.#pool.renew(generation);
      this.#current = generation;
      await this.#pool.replaceAll();
    } catch (error) {
      // Whoever dies from now on is followed by one that is known to work.
      this.#current = before;
      const failure = asSentence(error);
      this.#emit({ type: "restart-failed", generation, message: failure.message });
      throw failure;
    }
  }
}

/** Of a worker that did not load only the reason is known; who ordered the restart is to hear what failed as well. */
function asSentence(error: unknown): Error {
  if (error instanceof LoadError) {
    return new LoadError(`The app did not load: ${error.message}`, { cause: error });
  }
  return error instanceof Error ? error : new Error(String(error));
}
