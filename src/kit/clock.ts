/** Where time comes from. Handed in, so that tests own it. */
export interface Clock {
  /** Milliseconds on a clock that never goes back; only differences mean anything. */
  nowMs(): number;
  /** The wall clock, in milliseconds since 1970. */
  wallMs(): number;
  /** Calls `task` once after `delayMs`, or 24 days where that is less; the function returned cancels it. Never keeps the process alive. */
  after(delayMs: number, task: () => void): () => void;
}

/** The longest that a timer of Node's can be set to, 24 days; one that is set to more goes off at once. */
export const LONGEST_TIMER_MS: number = 2 ** 31 - 1;

/** The machine's own clock. */
export const systemClock: Clock = {
  nowMs: () => performance.now(),
  wallMs: () => Date.now(),
  after(delayMs, task) {
    const timer = setTimeout(task, Math.min(delayMs, LONGEST_TIMER_MS));
    timer.unref();
    return () => clearTimeout(timer);
  },
};
