import type { HttpOptions } from "../options.ts";

/**
 * What a connection waits for: the first byte of its first request, the rest of a head, more of a body,
 * another request, the client's end after ours.
 */
export type Wait = "first" | "head" | "body" | "next" | "end";

/** The option that says for how long. */
const LIMITS = {
  first: "headTimeoutMs",
  head: "headTimeoutMs",
  body: "bodyTimeoutMs",
  next: "keepAliveTimeoutMs",
  end: "lingerTimeoutMs",
} as const satisfies Readonly<Record<Wait, keyof HttpOptions>>;

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
