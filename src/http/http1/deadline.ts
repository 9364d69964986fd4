import type { HttpOptions } from "../options.ts";

/** What a connection waits for, and the option that says for how long. */
const LIMITS = {
  /** The first byte of its first request. */
  first: "headTimeoutMs",
  /** The rest of a head. */
  head: "headTimeoutMs",
  /** More of a body. */
  body: "bodyTimeoutMs",
  /** Another request. */
  next: "keepAliveTimeoutMs",
  /** The client's end, after ours. */
  end: "lingerTimeoutMs",
} as const satisfies { readonly [wait: string]: keyof HttpOptions };

export type Wait = keyof typeof LIMITS;

/** How long a connection waits, and for what: one thing at a time. */
export class Deadline {
  readonly #options: HttpOptions;
  #wait: Wait = "first";
  #dueMs = Number.POSITIVE_INFINITY;

  constructor(options: HttpOptions) {
    this.#options = options;
  }

  /** Waits for something new, from a moment on. */
  start(wait: Wait, fromMs: number): void {
    this.#wait = wait;
    this.#dueMs = fromMs + this.#options[LIMITS[wait]];
  }

  /** Waits no longer than this. */
  shorten(dueMs: number): void {
    this.#dueMs = Math.min(this.#dueMs, dueMs);
  }

  /** Nothing is waited for: whatever comes may take its time. */
  clear(): void {
    this.#dueMs = Number.POSITIVE_INFINITY;
  }

  /** What has not come in time; it is said once. */
  expired(nowMs: number): Wait | undefined {
    if (nowMs < this.#dueMs) return undefined;
    this.clear();
    return this.#wait;
  }
}
