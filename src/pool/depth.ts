/** Requests above this hold up those behind them. */
const STALL_MICROS = 1_000;
const WINDOW_MS = 250;
/** So much work is handed out ahead of time: less, and a worker runs dry while its answers and our next calls travel. */
const AHEAD_MICROS = 2_000;
/** The share of the wall clock that stalls may take while requests are still handed out ahead of time. */
const STALL_SHARE = 0.25;
const DEEPEST = 32;
/** Answers in a window from which on a lone slot is worth a second call. */
const BRISK_ANSWERS = 16;

/**
 * How many calls a slot may hold at once. More than one saves a round trip for each, but lets a call wait
 * behind a slow one while another slot is free. So it is more than one only while that costs nobody: while
 * the time spent in calls above 1 ms is a small share of the wall clock. Means were tried and failed: a few
 * slow calls among many fast ones hardly move a mean and ruin the tail.
 */
export class Depth {
  #current = 1;
  #meanMicros = AHEAD_MICROS;
  #stalledMicros = 0;
  #share = 0;
  #windowStartMs = 0;
  #answers = 0;
  #isBrisk = false;

  /** For slots that have others beside them. */
  get current(): number {
    return this.#current;
  }

  /** For a slot that is the only one: who waits for it waits either way, so one may wait where it saves the round trip. */
  get ofOne(): number {
    return this.#isBrisk ? Math.max(2, this.#current) : this.#current;
  }

  /** Learns from one answer, given at `nowMs` after `serviceMicros` in the app. */
  learn(serviceMicros: number, nowMs: number): void {
    this.#answers++;
    this.#meanMicros += (serviceMicros - this.#meanMicros) / 16;
    if (serviceMicros > STALL_MICROS) this.#stall(serviceMicros);
    if (nowMs - this.#windowStartMs >= WINDOW_MS) this.#turn(nowMs);
  }

  /** Does not wait for the window's end: what follows at once would pay for it. */
  #stall(serviceMicros: number): void {
    this.#stalledMicros += serviceMicros;
    if (this.#stalledMicros > STALL_SHARE * WINDOW_MS * 1_000) this.#current = 1;
  }

  #turn(nowMs: number): void {
    const share = this.#stalledMicros / 1_000 / (nowMs - this.#windowStartMs);
    this.#share = Math.max(share, this.#share * 0.7);
    const fits = Math.floor(AHEAD_MICROS / Math.max(1, this.#meanMicros));
    this.#current = this.#share > STALL_SHARE ? 1 : Math.max(1, Math.min(DEEPEST, fits));
    this.#isBrisk = this.#answers >= BRISK_ANSWERS;
    this.#answers = 0;
    this.#stalledMicros = 0;
    this.#windowStartMs = nowMs;
  }
}
