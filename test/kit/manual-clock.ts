import type { Clock } from "../../src/kit/index.ts";

interface Timer {
  readonly dueMs: number;
  readonly task: () => void;
}

/** A clock that stands still until a test moves it. */
export class ManualClock implements Clock {
  #nowMs = 1_000_000;
  #timers: Timer[] = [];

  nowMs(): number {
    return this.#nowMs;
  }

  wallMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, task: () => void): () => void {
    const timer = { dueMs: this.#nowMs + delayMs, task };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Moves on by `ms`, with every timer that falls due on the way, in order; lets promises settle after each. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    for (;;) {
      const due = this.#timers.filter((timer) => timer.dueMs <= endMs);
      const [timer] = due.sort((a, b) => a.dueMs - b.dueMs);
      if (timer === undefined) break;
      this.#timers = this.#timers.filter((other) => other !== timer);
      this.#nowMs = Math.max(this.#nowMs, timer.dueMs);
      timer.task();
      await settle();
    }
    this.#nowMs = endMs;
    await settle();
  }
}

/** Resolves when every promise that can settle without time or sockets has. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
