/**
 * The text of a head becomes the parts of a request, or a refusal. RFC 9112 §2 to §6.
 *
 * The first offending byte decides, so that it never matters how the bytes were split: a control
 * byte, a bare CR or LF, and a byte beyond a limit offend where they stand (a bare CR with the byte
 * after it); whatever else is wrong with a line offends at the end of that line; what is wrong with
 * the whole (Host, framing) at the end of the head.
 */
import type { HttpOptions } from "../options.ts";
import { FieldSection } from "./field-section.ts";
import { framingOf } from "./framing.ts";
import { Refusal } from "./refusal.ts";
import { judgePartialLine, parseRequestLine, type RequestLine } from "./request-line.ts";

export interface Head {
  readonly line: RequestLine;
  readonly authority: string;
  readonly fields: readonly string[];
  /** Bytes of body that follow, or CHUNKED. */
  readonly bodyBytes: number;
  /** Whether the client wants the connection to go on. */
  readonly isPersistent: boolean;
  readonly expectsContinue: boolean;
  readonly wantsUpgrade: boolean;
}

export type HeadLimits = Pick<
  HttpOptions,
  "headLimitBytes" | "targetLimitBytes" | "fieldCountLimit"
>;

// biome-ignore lint/suspicious/noControlCharactersInRegex: control bytes are what it finds
const OFFENCE = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)|(?<!\r)\n/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control bytes are what it finds
const OFFENCE_SO_FAR = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?=[^\n])|(?<!\r)\n/;

const BAD_BYTE = new Refusal(400, "A control byte, or CR or LF alone");
const LONG_HEAD = new Refusal(431, "The head is longer than the limit");
const NO_HOST = new Refusal(400, "Host is missing");

/** Parses a head that starts at `at`; its empty line's CRLF CRLF starts at `end`. */
export function parseHead(
  text: string,
  at: number,
  end: number,
  limits: HeadLimits,
): Head | Refusal {
  if (end + 4 - at > limits.headLimitBytes) {
    return judgePartialHead(text.slice(at, end + 4), limits) ?? LONG_HEAD;
  }
  const head = text.slice(at, end);
  if (OFFENCE.test(head)) return judgePartialHead(`${head}\r\n`, limits) ?? BAD_BYTE;
  const stop = lineEnd(head, 0);
  const line = parseRequestLine(head, 0, stop, limits.targetLimitBytes);
  if (line instanceof Refusal) return line;
  const section = parseFields(head, stop + 2, limits.fieldCountLimit);
  return section instanceof Refusal ? section : conclude(line, section);
}

/** What is wrong with the beginning of a head already, undefined when it may still become good. */
export function judgePartialHead(text: string, limits: HeadLimits): Refusal | undefined {
  const seen = text.slice(0, limits.headLimitBytes + 1);
  const offence = OFFENCE_SO_FAR.exec(seen);
  const sound = offence === null ? seen : seen.slice(0, offence.index);
  const earlier = judgeLines(sound.slice(0, limits.headLimitBytes), limits);
  if (earlier !== undefined) return earlier;
  if (sound.length > limits.headLimitBytes) return LONG_HEAD;
  return offence === null ? undefined : BAD_BYTE;
}

/** Whether a piece of a head holds a byte that may not be there; its last CR may still be good. */
export function hasOffence(piece: string): boolean {
  return OFFENCE_SO_FAR.test(piece);
}

function judgeLines(text: string, limits: HeadLimits): Refusal | undefined {
  const stop = text.indexOf("\r\n");
  if (stop < 0) return judgePartialLine(text, limits.targetLimitBytes);
  const line = parseRequestLine(text, 0, stop, limits.targetLimitBytes);
  if (line instanceof Refusal) return line;
  const last = text.lastIndexOf("\r\n");
  if (last === stop) return undefined;
  const section = parseFields(text.slice(0, last), stop + 2, limits.fieldCountLimit);
  return section instanceof Refusal ? section : undefined;
}

function parseFields(head: string, from: number, countLimit: number): FieldSection | Refusal {
  const section = new FieldSection();
  for (let at = from; at < head.length; ) {
    const stop = lineEnd(head, at);
    const refusal = section.line(head, at, stop, countLimit);
    if (refusal !== undefined) return refusal;
    at = stop + 2;
  }
  return section;
}

function conclude(line: RequestLine, section: FieldSection): Head | Refusal {
  const isOld = line.protocol === "HTTP/1.0";
  if (section.host === undefined && !isOld) return NO_HOST;
  const bodyBytes = framingOf(section.codings, section.contentLength, isOld);
  if (bodyBytes instanceof Refusal) return bodyBytes;
  const { authority } = line.parts;
  if (authority !== undefined) section.replaceHost(authority);
  section.dropCollisions();
  return {
    line,
    authority: authority ?? section.host ?? "",
    fields: section.fields,
    bodyBytes,
    isPersistent: !section.saysClose && (!isOld || section.saysKeepAlive),
    expectsContinue: section.expectsContinue && !isOld,
    wantsUpgrade: section.saysUpgrade && section.hasUpgrade,
  };
}

/** CR stands only before LF here: the bytes have been checked. */
function lineEnd(head: string, at: number): number {
  const stop = head.indexOf("\r", at);
  return stop < 0 ? head.length : stop;
}
