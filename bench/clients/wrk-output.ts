/** What `wrk --latency` prints, as numbers. */

export type WrkResult = {
  /** Answered requests, refusals included. */
  readonly requests: number;
  readonly seconds: number;
  /** Answers of 200 to 399 a second: refusals are not served requests. */
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Answers of 400 and above, and sockets that failed or timed out. */
  readonly failed: number;
};

const MILLISECONDS: Readonly<Record<string, number>> = {
  us: 0.001,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};

/** Reads a whole report; throws when it is not one. */
export function parseWrk(text: string): WrkResult {
  const [, requests, time] = /^\s*(\d+) requests in ([\d.]+[a-z]+),/m.exec(text) ?? [];
  if (requests === undefined || time === undefined) throw new Error(`not a report of wrk: ${text}`);
  const refused = Number(/Non-2xx or 3xx responses: (\d+)/.exec(text)?.[1] ?? 0);
  const seconds = milliseconds(time) / 1_000;
  return {
    requests: Number(requests),
    seconds,
    requestsPerSecond: (Number(requests) - refused) / seconds,
    p50Ms: percentile(text, "50%"),
    p99Ms: percentile(text, "99%"),
    failed: refused + socketErrors(text),
  };
}

/** `1.25ms`, `310.00us` or `1.02s` in milliseconds. */
export function milliseconds(text: string): number {
  const [, amount, unit = ""] = /^([\d.]+)([a-z]+)$/.exec(text) ?? [];
  const factor = MILLISECONDS[unit];
  if (amount === undefined || factor === undefined)
    throw new Error(`not a duration of wrk: ${text}`);
  return Number(amount) * factor;
}

function percentile(text: string, label: string): number {
  const value = new RegExp(`^\\s*${label}\\s+(\\S+)`, "m").exec(text)?.[1];
  return value === undefined ? 0 : milliseconds(value);
}

/** Connection closes are not among them: wrk opens a new one and asks again. */
function socketErrors(text: string): number {
  const counts = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(text);
  return (counts ?? []).slice(1).reduce((sum, count) => sum + Number(count), 0);
}
