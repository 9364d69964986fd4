import type { RequestEnded } from "../../http/index.ts";
import { jsonString, quoted } from "./escape.ts";

/** Makes the line for a request that has ended just now, line end and all. */
export type AccessFormat = (fact: RequestEnded, wallMs: number) => string;

export type AccessFormatName = "combined" | "common" | "json";

/** The format of that name. */
export function accessFormat(name: AccessFormatName): AccessFormat {
  if (name === "json") {
    const timeOf = eachSecond((second) => new Date(second).toISOString().slice(0, 20));
    return (fact, wallMs) => json(fact, isoTime(wallMs - fact.tookMs, timeOf));
  }
  const timeOf = eachSecond(commonTime);
  const common: AccessFormat = (fact, wallMs) => commonLog(fact, timeOf(wallMs - fact.tookMs));
  if (name === "common") return (fact, wallMs) => `${common(fact, wallMs)}\n`;
  return (fact, wallMs) => {
    const referer = quoted(fieldOf(fact, "referer") ?? "");
    return `${common(fact, wallMs)} ${referer} ${quoted(fieldOf(fact, "user-agent") ?? "")}\n`;
  };
}

/** The Common Log Format of Apache and nearly everybody: `HOST - - [TIME] "REQUEST" STATUS BYTES`. */
function commonLog(fact: RequestEnded, time: string): string {
  const { peer, requestLine, status, bodyBytes } = fact;
  return `${peer.remoteAddress} - - [${time}] ${quoted(requestLine)} ${status} ${bodyBytes || "-"}`;
}

function json(fact: RequestEnded, time: string): string {
  const { method, path, query, protocol } = partsOf(fact.requestLine);
  const requestId = fieldOf(fact, "x-request-id") ?? idIn(fact.responseLines);
  return (
    `{"time":"${time}","fact":"request-ended","remote_address":${jsonString(fact.peer.remoteAddress)},` +
    `"forwarded_for":${text(fieldOf(fact, "x-forwarded-for"))},"scheme":"${fact.peer.scheme}",` +
    `"host":${text(fieldOf(fact, "host"))},"method":${text(method)},"path":${text(path)},` +
    `"query":${text(query)},"protocol":${text(protocol)},"status":${fact.status},` +
    `"body_bytes":${fact.bodyBytes},"duration_ms":${milliseconds(fact.tookMs)},` +
    `"queue_ms":${milliseconds(fact.queueMs)},"worker":${fact.worker ?? null},` +
    `"request_id":${text(requestId)},"user_agent":${text(fieldOf(fact, "user-agent"))},` +
    `"referer":${text(fieldOf(fact, "referer"))},"end":"${fact.end}"}\n`
  );
}

interface Parts {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly query: string | undefined;
  readonly protocol: string | undefined;
}

const ORIGIN = /^https?:\/\/[^/?]*/i;

/** As far as they are there: the line may be that of a request that was refused. */
function partsOf(requestLine: string): Parts {
  const [method, target, protocol] = requestLine.split(" ", 3);
  const mark = target?.indexOf("?") ?? -1;
  const path = mark < 0 ? target : target?.slice(0, mark);
  const query = mark < 0 ? undefined : target?.slice(mark + 1);
  return { method: method || undefined, path: path?.replace(ORIGIN, ""), query, protocol };
}

/** The first field of that name, in lower case. */
function fieldOf({ fields }: RequestEnded, name: string): string | undefined {
  for (let at = 0; at < fields.length; at += 2) if (fields[at] === name) return fields[at + 1];
  return undefined;
}

/** Rails, for one, makes an id for a request that has none. */
function idIn(responseLines: string): string | undefined {
  return /^x-request-id:[ \t]*(.*?)[ \t]*\r?$/im.exec(responseLines)?.[1];
}

function text(latin1: string | undefined): string {
  return latin1 === undefined ? "null" : jsonString(latin1);
}

/** To the microsecond. */
function milliseconds(ms: number | undefined): string {
  return ms === undefined ? "null" : ms.toFixed(3);
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** A text of the second that a time is in, made once for all times that follow each other in it. */
function eachSecond(textOf: (secondMs: number) => string): (wallMs: number) => string {
  let second = Number.NaN;
  let text = "";
  return (wallMs) => {
    const now = Math.floor(wallMs / 1000);
    if (now !== second) {
      second = now;
      text = textOf(now * 1000);
    }
    return text;
  };
}

/** `2026-11-24T12:40:28.122Z`; `secondOf` gives what is before the milliseconds. */
function isoTime(wallMs: number, secondOf: (wallMs: number) => string): string {
  const ms = Math.floor(wallMs) % 1000;
  return `${secondOf(wallMs)}${String(ms).padStart(3, "0")}Z`;
}

/** `23/Nov/2026:12:40:28 +0000`, of the local zone. */
function commonTime(wallMs: number): string {
  const date = new Date(wallMs);
  const day = `${two(date.getDate())}/${MONTHS[date.getMonth()]}/${date.getFullYear()}`;
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  const offset = -date.getTimezoneOffset();
  const [sign, size] = [offset < 0 ? "-" : "+", Math.abs(offset)];
  return `${day}:${clock} ${sign}${two(Math.floor(size / 60))}${two(size % 60)}`;
}

function two(number: number): string {
  return String(number).padStart(2, "0");
}
