import type { Clock } from "../../kit/index.ts";
import { statOf } from "../../unix/index.ts";
import type { Sample } from "../samples.ts";
import { asBytes } from "./figures.ts";

/** How much more memory a process has than it had some time ago: what leaks shows here long before any limit. */
export class MemoryGrowth {
  readonly #belowBytes: number;
  readonly #withinMs: number;
  readonly #clock: Clock;
  #past: { readonly atMs: number; readonly bytes: number }[] = [];

  constructor(belowBytes: number, withinMs: number, clock: Clock) {
    this.#belowBytes = belowBytes;
    this.#withinMs = withinMs;
    this.#clock = clock;
  }

  measure(pid: number): Sample {
    const atMs = this.#clock.nowMs();
    const bytes = statOf(pid)?.residentBytes ?? 0;
    this.#past = [
      ...this.#past.filter((one) => atMs - one.atMs <= this.#withinMs),
      { atMs, bytes },
    ];
    const grownBytes = bytes - Math.min(...this.#past.map((one) => one.bytes));
    return { text: `+${asBytes(grownBytes)}`, isGood: grownBytes < this.#belowBytes };
  }

  clear(): void {
    this.#past = [];
  }
}
