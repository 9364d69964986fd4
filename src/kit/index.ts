export { Backoff, type BackoffOptions } from "./backoff.ts";
export { type Clock, LONGEST_TIMER_MS, systemClock } from "./clock.ts";
export { type Deferred, deferred } from "./deferred.ts";
export type { Emit, Fact } from "./fact.ts";
export { escapeHtml } from "./html.ts";
export { Queue } from "./queue.ts";
