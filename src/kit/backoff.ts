/** How long to wait before the next try: doubling, with a ceiling, spread by chance. */
export interface BackoffOptions {
  readonly firstMs: number;
  readonly ceilingMs: number;
  /** What has worked for so long is forgiven its failures. */
  readonly forgiveAfterMs: number;
  /** A number from 0 to 1. */
  readonly random: () => number;
}

const DEFAULTS: BackoffOptions = {
  firstMs: 100,
  ceilingMs: 30_000,
  forgiveAfterMs: 10_000,
  random: Math.random,
};

/** Counts failures of one thing and says how long to leave it alone. */
export class Backoff {
  readonly #options: BackoffOptions;
  #failures = 0;

  constructor(options: Partial<BackoffOptions> = {}) {
    this.#options = { ...DEFAULTS, ...options };
  }

  /** The delay before the next try, given that the last one held for `heldMs`. The first failure in a row costs nothing. */
  delayMs(heldMs: number): number {
    const { firstMs, ceilingMs, forgiveAfterMs, random } = this.#options;
    this.#failures = heldMs >= forgiveAfterMs ? 1 : this.#failures + 1;
    if (this.#failures === 1) return 0;
    const wholeMs = Math.min(ceilingMs, firstMs * 2 ** (this.#failures - 2));
    return wholeMs * (0.75 + random() / 4);
  }
}
