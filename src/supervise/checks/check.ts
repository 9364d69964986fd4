import type { CheckDescription, EventName } from "../description.ts";
import { type Sample, Samples } from "../samples.ts";
import { FileAge } from "./file-age.ts";
import { measure, type Subject } from "./measure.ts";
import { MemoryGrowth } from "./memory-growth.ts";

/** One check of one process: when it is due, what it saw, and whether it fires. */
export class Check {
  readonly description: CheckDescription;
  readonly #samples: Samples;
  #growth: MemoryGrowth | undefined;
  #fileAge: FileAge | undefined;
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
      this.#samples.add(await this.#sample(subject).catch(inWords));
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

  /** Two of them look back, and are kept for that. */
  async #sample(subject: Subject): Promise<Sample> {
    const { kind } = this.description;
    const { clock, process } = subject;
    switch (kind.type) {
      case "mem_growth":
        this.#growth ??= new MemoryGrowth(kind.belowBytes, kind.withinMs, clock);
        return this.#growth.measure(process.pid);
      case "file_time":
        this.#fileAge ??= new FileAge(kind.filename, kind.belowMs, clock);
        return this.#fileAge.measure();
      default:
        return await measure(kind, subject);
    }
  }
}

/** What cannot be seen is bad. */
function inWords(error: unknown): Sample {
  return { text: error instanceof Error ? error.message : String(error), isGood: false };
}

const EARLY_MS = 250;
