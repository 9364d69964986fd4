import { TOKEN } from "./names.ts";
import { Refusal } from "./refusal.ts";
import { parseTarget, type Target } from "./target.ts";

/** The first line of a request, RFC 9112 §3. */
export interface RequestLine {
  readonly method: string;
  /** GET, HEAD, OPTIONS, TRACE: may run beside other requests of its connection, RFC 9112 §9.3.2. */
  readonly isSafe: boolean;
  readonly target: string;
  readonly parts: Target;
  readonly protocol: "HTTP/1.0" | "HTTP/1.1";
}

export const METHOD_LIMIT_BYTES = 64;
const VERSION_BYTES = 8;
const METHODS = new Map<string, { readonly name: string; readonly isSafe: boolean }>();
for (const name of ["GET", "HEAD", "OPTIONS", "TRACE"]) METHODS.set(name, { name, isSafe: true });
for (const name of ["POST", "PUT", "PATCH", "DELETE"]) METHODS.set(name, { name, isSafe: false });

const BAD_LINE = new Refusal(400, "The request line is not METHOD TARGET VERSION");
const BAD_METHOD = new Refusal(400, "The method is not a token");
const LONG_METHOD = new Refusal(501, "The method is longer than any known one");
const BAD_VERSION = new Refusal(400, "The version is not HTTP/DIGIT.DIGIT");
const OTHER_VERSION = new Refusal(505, "The version is neither HTTP/1.0 nor HTTP/1.1");
const LONG_TARGET = new Refusal(414, "The request target is longer than the limit");

/** Parses `text` from `at` to its end of line at `stop`. */
export function parseRequestLine(
  text: string,
  at: number,
  stop: number,
  targetLimitBytes: number,
): RequestLine | Refusal {
  const first = text.indexOf(" ", at);
  const methodBytes = (first < 0 || first > stop ? stop : first) - at;
  if (methodBytes > METHOD_LIMIT_BYTES) return LONG_METHOD;
  if (methodBytes === stop - at) return BAD_LINE;
  let second = text.indexOf(" ", first + 1);
  if (second < 0 || second > stop) second = stop;
  if (second - first - 1 > targetLimitBytes) return LONG_TARGET;
  const protocol = parseVersion(text, second + 1, stop);
  if (typeof protocol !== "string") return protocol;
  const spelling = text.slice(at, first);
  const known = METHODS.get(spelling);
  if (known === undefined && !TOKEN.test(spelling)) return BAD_METHOD;
  const method = known === undefined ? spelling : known.name;
  const target = text.slice(first + 1, second);
  const parts = parseTarget(method, target);
  if (parts instanceof Refusal) return parts;
  return { method, isSafe: known?.isSafe === true, target, parts, protocol };
}

/** What is wrong with the beginning of a request line: method, target and version have their limits. */
export function judgePartialLine(text: string, targetLimitBytes: number): Refusal | undefined {
  const first = text.indexOf(" ");
  const methodBytes = first < 0 ? text.length : first;
  if (methodBytes > METHOD_LIMIT_BYTES) return LONG_METHOD;
  if (first < 0) return undefined;
  const second = text.indexOf(" ", first + 1);
  const targetBytes = (second < 0 ? text.length : second) - first - 1;
  if (targetBytes > targetLimitBytes) return LONG_TARGET;
  // One more may be the CR of the line's end.
  return second >= 0 && text.length - second - 1 > VERSION_BYTES + 1 ? BAD_VERSION : undefined;
}

/**
 * RFC 9110 §2.5: a higher minor version of a major one that we speak is taken as our highest, so
 * HTTP/1.2 to 1.9 are HTTP/1.1; other majors are 505. The name is case-sensitive, RFC 9112 §2.3.
 */
function parseVersion(text: string, at: number, stop: number): "HTTP/1.0" | "HTTP/1.1" | Refusal {
  if (stop - at === 8 && text.startsWith("HTTP/1.1", at)) return "HTTP/1.1";
  const version = text.slice(at, Math.max(at, stop));
  if (!/^HTTP\/\d\.\d$/.test(version)) return at > stop ? BAD_LINE : BAD_VERSION;
  if (!version.startsWith("HTTP/1.")) return OTHER_VERSION;
  return version === "HTTP/1.0" ? "HTTP/1.0" : "HTTP/1.1";
}
