import { STATUS_CODES } from "node:http";
import { HOLDS, type Page, type ResponseHead } from "../../message/index.ts";
import type { DateLine } from "../date-line.ts";

/** How a response's body is delimited on the wire, RFC 9112 §6.3. */
export type Framing =
  /** There is none. */
  | "none"
  | "length"
  | "chunked"
  /** Until the connection ends. */
  | "close"
  /** The app has encoded the chunks. */
  | "asIs"
  /** The app has encoded the chunks, but the client speaks HTTP/1.0: decoded, until the end. */
  | "decoded";

/** Whether only the end of the connection tells the end of the body. */
export function isEndless(framing: Framing): boolean {
  return framing === "close" || framing === "decoded";
}

export interface Frame {
  readonly framing: Framing;
  /** The field lines that may stay. */
  readonly lines: string;
  /** The field line that we add, or "". */
  readonly line: string;
}

const statusLines: string[] = [];

/** `HTTP/1.1 200 OK\r\n`; the version is ours, whatever the client's, RFC 9110 §2.5. */
export function statusLine(status: number): string {
  let line = statusLines[status];
  if (line === undefined) {
    line = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n`;
    if (status < 1000) statusLines[status] = line;
  }
  return line;
}

/** The page that says no more than the status. */
export function plainPage(status: number): Page {
  return { contentType: "text/plain", text: `${statusLine(status).slice(9, -2)}\n` };
}

/** The lines of ours that a head may get. */
export interface OwnLines {
  readonly date: DateLine;
  /** `server: …\r\n`, or "". */
  readonly serverLine: string;
}

/** The whole head in wire form; what the app says of itself is not said twice. */
export function headText(
  { status, holds }: ResponseHead,
  framed: Frame,
  own: OwnLines,
  connection: string,
): string {
  const date = (holds & HOLDS.date) === 0 ? own.date.text() : "";
  const server = (holds & HOLDS.server) === 0 ? own.serverLine : "";
  return `${statusLine(status)}${date}${server}${framed.lines}${framed.line}${connection}\r\n`;
}

/** RFC 9112 §9.3: persistence is the default of HTTP/1.1 and has to be said to HTTP/1.0. */
export function connectionLine(isPersistent: boolean, isOld: boolean): string {
  if (!isPersistent) return "connection: close\r\n";
  return isOld ? "connection: keep-alive\r\n" : "";
}

/** Decides how a body of `sizeBytes`, or of unknown length, is delimited for this client. */
export function frame(
  head: ResponseHead,
  sizeBytes: number | undefined,
  isOld: boolean,
  isHead: boolean,
): Frame {
  const { status, holds, lines } = head;
  if (status === 204 || status === 304 || status === 205) return bodiless(head);
  if ((holds & HOLDS.chunked) !== 0) return encoded(lines, isOld, isHead);
  const framing = isHead ? "none" : "length";
  if ((holds & HOLDS.contentLength) !== 0) return { framing, lines, line: "" };
  if (sizeBytes !== undefined) {
    // A HEAD without a body says nothing about the length that GET would have had.
    const line = isHead && sizeBytes === 0 ? "" : `content-length: ${sizeBytes}\r\n`;
    return { framing, lines, line };
  }
  if (isOld) return { framing: isHead ? "none" : "close", lines, line: "" };
  return { framing: isHead ? "none" : "chunked", lines, line: "transfer-encoding: chunked\r\n" };
}

/** The number in the Content-Length line among these, undefined when there is none. */
export function lengthIn(lines: string): number | undefined {
  const found = /^content-length:[ \t]*(\d+)/im.exec(lines);
  return found === null ? undefined : Number(found[1]);
}

/** RFC 9110 §15.3.5, §15.3.6, §15.4.5, §8.6: 204 has no length, that of 205 is 0, 304 may have GET's. */
function bodiless({ status, holds, lines }: ResponseHead): Frame {
  const isFramed = (holds & (HOLDS.contentLength | HOLDS.chunked)) !== 0;
  const kept = isFramed ? without(lines, status === 304 ? TRANSFER : EITHER) : lines;
  return { framing: "none", lines: kept, line: status === 205 ? "content-length: 0\r\n" : "" };
}

function encoded(lines: string, isOld: boolean, isHead: boolean): Frame {
  if (!isOld) return { framing: isHead ? "none" : "asIs", lines: without(lines, LENGTH), line: "" };
  return { framing: isHead ? "none" : "decoded", lines: without(lines, EITHER), line: "" };
}

const LENGTH = /^content-length:.*\r\n/gim;
const TRANSFER = /^transfer-encoding:.*\r\n/gim;
const EITHER = /^(?:content-length|transfer-encoding):.*\r\n/gim;

function without(lines: string, unwanted: RegExp): string {
  return lines.replace(unwanted, "");
}
