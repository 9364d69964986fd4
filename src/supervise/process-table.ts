import type { Clock } from "../kit/index.ts";
import { allProcesses, type ProcessStat } from "../unix/index.ts";

/** So long is a look at all processes good for: for all who ask in one tick. */
const FRESH_MS = 500;

/** All processes of the machine, looked at when somebody asks, and once a tick at most. */
export class ProcessTable {
  readonly #clock: Clock;
  #all: readonly ProcessStat[] = [];
  #lookedMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  all(): readonly ProcessStat[] {
    const nowMs = this.#clock.nowMs();
    if (nowMs - this.#lookedMs >= FRESH_MS) {
      this.#lookedMs = nowMs;
      this.#look();
    }
    return this.#all;
  }

  #look(): void {
    try {
      this.#all = allProcesses();
    } catch {
      // Too many files are open: what was there a second ago is better than nobody.
    }
  }
}
