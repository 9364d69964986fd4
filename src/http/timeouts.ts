import type { Clock } from "../kit/index.ts";

/** Something that looks at the time now and then. */
export interface Timed {
  tick(nowMs: number): void;
}

/** How late a time-out may be. */
const SWEEP_MS = 500;

/** One timer for every connection, rather than one each: time-outs are seconds, requests are not. */
export class Timeouts {
  readonly #clock: Clock;
  readonly #timed = new Set<Timed>();
  #cancel: (() => void) | undefined = undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(timed: Timed): void {
    this.#timed.add(timed);
    this.#cancel ??= this.#clock.after(SWEEP_MS, () => this.#sweep());
  }

  delete(timed: Timed): void {
    this.#timed.delete(timed);
    if (this.#timed.size > 0) return;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #sweep(): void {
    this.#cancel = this.#clock.after(SWEEP_MS, () => this.#sweep());
    const nowMs = this.#clock.nowMs();
    for (const timed of this.#timed) timed.tick(nowMs);
  }
}
