import type { Clock } from "../kit/index.ts";
import type { FlappingDescription } from "./description.ts";

/** Counts how often a process is to be started, and says when that is too often. */
export class Flapping {
  readonly #description: FlappingDescription;
  readonly #clock: Clock;
  #attemptsMs: number[] = [];

  constructor(description: FlappingDescription, clock: Clock) {
    this.#description = description;
    this.#clock = clock;
  }

  /** How long to leave the process alone after it was found to flap; 0: until somebody starts it. */
  get retryInMs(): number {
    return this.#description.retryInMs;
  }

  /** Counts one more attempt. True when it is the last one that may be: it must not be made, and the count begins anew. */
  isTooMuch(): boolean {
    const { times, withinMs } = this.#description;
    const nowMs = this.#clock.nowMs();
    this.#attemptsMs = [...this.#attemptsMs, nowMs].slice(-times);
    const [firstMs = nowMs] = this.#attemptsMs;
    const isFlapping = this.#attemptsMs.length === times && nowMs - firstMs <= withinMs;
    if (isFlapping) this.#attemptsMs = [];
    return isFlapping;
  }
}
