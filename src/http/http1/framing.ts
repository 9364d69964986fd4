import { Refusal } from "./refusal.ts";

/** Stands for a body's length when its chunks say it. */
export const CHUNKED = -1;

const OLD = new Refusal(400, "Transfer-Encoding came with HTTP/1.0");
const BOTH = new Refusal(400, "Transfer-Encoding and Content-Length came together");
const NOT_FINAL = new Refusal(400, "Transfer-Encoding does not end with one chunked");
const UNKNOWN = new Refusal(501, "Transfer-Encoding names a coding other than chunked");

/**
 * How long a request's body is, RFC 9112 §6.3. Where §6.1 lets a server mend what two recipients
 * could read differently, we refuse: that is what requests are smuggled through.
 */
export function framingOf(
  codings: string | undefined,
  contentLength: number | undefined,
  isOld: boolean,
): number | Refusal {
  if (codings === undefined) return contentLength ?? 0;
  if (isOld) return OLD;
  if (contentLength !== undefined) return BOTH;
  if (codings === "chunked") return CHUNKED;
  const names = codings.toLowerCase().split(",");
  const last = names.map((name) => name.replace(/^[ \t]+|[ \t]+$/g, ""));
  if (last.indexOf("chunked") !== last.length - 1) return NOT_FINAL;
  if (last.includes("")) return NOT_FINAL;
  return last.length === 1 ? CHUNKED : UNKNOWN;
}
