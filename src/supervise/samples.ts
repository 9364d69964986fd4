/** One look at a process: what was seen, in words for the log, and whether it is good. */
export interface Sample {
  readonly text: string;
  readonly isGood: boolean;
}

/** The last samples of one check: enough of them bad, and it fires. */
export class Samples {
  readonly #failures: number;
  readonly #limit: number;
  #kept: Sample[] = [];

  /** Fires when `failures` of the last `samples` are bad, even before there are so many samples. */
  constructor([failures, samples]: readonly [failures: number, samples: number]) {
    this.#failures = failures;
    this.#limit = samples;
  }

  add(sample: Sample): void {
    this.#kept = [...this.#kept, sample].slice(-this.#limit);
  }

  get isFiring(): boolean {
    return this.#kept.filter(({ isGood }) => !isGood).length >= this.#failures;
  }

  /** `[24MB, 31MB*]`: a bad one has an asterisk. */
  get text(): string {
    return `[${this.#kept.map(({ text, isGood }) => `${text}${isGood ? "" : "*"}`).join(", ")}]`;
  }

  /** What is known of a process that has changed its state says nothing about it any more. */
  clear(): void {
    this.#kept = [];
  }
}
