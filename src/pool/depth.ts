/** Requests above this hold up those behind them. */
const STALL_MICROS = 1_000;
const WINDOW_MS = 250;
/** So much work is handed out ahead of time: less, and a worker runs dry while its answers and our next calls travel. */
const AHEAD_MICROS = 2_000;
/** The share of the wall clock that stalls may take while requests are still handed out ahead of time. */
const STALL_SHARE = 0.25;
const DEEPEST = 32;
/** How long calls that were under way before a trial may still tell of it. */
const SETTLING_MS = 50;
/** A trial that has failed is repeated after this, then after twice as long, and so on. */
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 32_000;
/** Answers in a window from which on a lone slot is worth a second call. */
const BRISK_ANSWERS = 16;

/**
 * How many calls a slot may hold at once. More than one saves a round trip for each, but lets a call wait
 * behind a slow one while another slot is free. So it is more than one only while that costs nobody: while
 * the time spent in calls above 1 ms is a small share of the wall clock. Means were tried and failed: a few
 * slow calls among many fast ones hardly move a mean and ruin the tail.
 *
 * Threads that fight for the GVL look slow, and only because each is given its calls one by one: once in that state, the
 * figures would keep it there. So now and then more is handed out on trial, and what was seen before does not count.
 */
export class Depth {
  #current = 1;
  #meanMicros = AHEAD_MICROS;
  #stalledMicros = 0;
  #share = 0;
  #windowStartMs = 0;
  #answers = 0;
  #isBrisk = false;
  #isTrial = false;
  #trialDueMs = 0;
  #pauseMs = FIRST_PAUSE_MS;

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
    if (nowMs < this.#windowStartMs) return;
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
    this.#share = this.#isTrial ? share : Math.max(share, this.#share * 0.7);
    this.#isBrisk = this.#answers >= BRISK_ANSWERS;
    this.#answers = 0;
    this.#stalledMicros = 0;
    this.#windowStartMs = nowMs;
    this.#current = this.#share > STALL_SHARE ? 1 : this.#fits;
    this.#judge(nowMs);
  }

  /** How many calls are the work that may be handed out ahead of time. */
  get #fits(): number {
    const fits = Math.floor(AHEAD_MICROS / Math.max(1, this.#meanMicros));
    return Math.max(1, Math.min(DEEPEST, fits));
  }

  /** The end of a trial, and whether there is to be one. */
  #judge(nowMs: number): void {
    const isStalling = this.#share > STALL_SHARE;
    if (!isStalling) this.#pauseMs = FIRST_PAUSE_MS;
    else if (this.#isTrial) this.#pauseMs = Math.min(2 * this.#pauseMs, LONGEST_PAUSE_MS);
    if (!isStalling || this.#isTrial) this.#trialDueMs = nowMs + this.#pauseMs;
    this.#isTrial = isStalling && this.#fits > 1 && nowMs >= this.#trialDueMs;
    if (!this.#isTrial) return;
    this.#current = this.#fits;
    this.#windowStartMs = nowMs + SETTLING_MS;
  }
}
