/** Where time comes from. Handed in, so that tests own it. */
export interface Clock {
  /** Milliseconds on a clock that never goes back; only differences mean anything. */
  nowMs(): number;
  /** The wall clock, in milliseconds since 1970. */
  wallMs(): number;
  /** Calls `task` once after `delayMs`; the function returned cancels it. Never keeps the process alive. */
  after(delayMs: number, task: () => void): () => void;
}

/** The machine's own clock. */
export const systemClock: Clock = {
  nowMs: () => performance.now(),
  wallMs: () => Date.now(),
  after(delayMs, task) {
    const timer = setTimeout(task, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
