/** So many are remembered. */
const REMEMBERED = 1_024;

/** How long the last requests took: enough of them to say what is usual and what is rare. */
export class Durations {
  readonly #ms = new Float64Array(REMEMBERED);
  #added = 0;

  /** How many are remembered. */
  get count(): number {
    return Math.min(this.#added, REMEMBERED);
  }

  add(ms: number): void {
    this.#ms[this.#added % REMEMBERED] = ms;
    this.#added++;
  }

  /** So many of a hundred took no longer than this; undefined when there are none. */
  percentile(share: number): number | undefined {
    const sorted = this.#ms.slice(0, this.count).sort();
    return sorted[Math.ceil((sorted.length * share) / 100) - 1];
  }
}
