import type { CheckDescription, EventName } from "../description.ts";
import { type Sample, Samples } from "../samples.ts";
import { measure, type Subject } from "./measure.ts";
import { MemoryGrowth } from "./memory-growth.ts";

/** One check of one process: when it is due, what it saw, and whether it fires. */
export class Check {
  readonly description: CheckDescription;
  readonly #samples: Samples;
  #growth: MemoryGrowth | undefined;
  #dueMs = Number.NEGATIVE_INFINITY;
  #isLooking = false;

  constructor(description: CheckDescription) {
    this.description = description;
    this.#samples = new Samples(description.times);
  }

  /** A look that has not ended yet is not taken twice. */
  isDue(nowMs: number): boolean {
    return !this.#isLooking && nowMs >= this.#dueMs;
  }

  /** Takes a sample; resolves with all samples in words. Never rejects. */
  async look(subject: Subject): Promise<string> {
    // Ticks come a little early or late, and `every: 3` is every third of them.
    this.#dueMs = subject.clock.nowMs() + this.description.everyMs - EARLY_MS;
    this.#isLooking = true;
    try {
      this.#samples.add(await this.#sample(subject));
      return this.#samples.text;
    } finally {
      this.#isLooking = false;
    }
  }

  get isFiring(): boolean {
    return this.#samples.isFiring;
  }

  get fires(): readonly EventName[] {
    return this.description.fires;
  }

  clear(): void {
    this.#samples.clear();
    this.#growth?.clear();
  }

  async #sample(subject: Subject): Promise<Sample> {
    const { kind } = this.description;
    if (kind.type !== "mem_growth") return await measure(kind, subject);
    this.#growth ??= new MemoryGrowth(kind.belowBytes, kind.withinMs, subject.clock);
    return this.#growth.measure(subject.process.pid);
  }
}

const EARLY_MS = 250;
