import { type BytesPassed, formatAddress, type HttpFact } from "../../http/index.ts";
import type { Peer } from "../../message/index.ts";
import type { PoolFact, ReplaceReason } from "../../pool/index.ts";
import type { RackFact } from "../../rack/index.ts";
import type { ServerFact } from "../../server/index.ts";
import type { LogFact } from "./facts.ts";
import { debug, info, type Line, type Sentences, warn } from "./line.ts";

/** Everything that any room tells. A room that learns to tell facts is added here. */
export type AnyFact = ServerFact | PoolFact | HttpFact | RackFact | LogFact;

/** The words for each fact: grep for a fact's type finds its emitter and its sentence. */
const LINES: Sentences<AnyFact> = {
  "server-starting": (fact) =>
    info(
      `Gossamer ${fact.version} serves ${fact.directory} in ${fact.environment}: ` +
        `${several(fact.workers, "worker")} × ${several(fact.threads, "thread")}, Ruby ${fact.ruby}`,
    ),
  "connections-limited": (fact) =>
    warn(
      `Only ${several(fact.connections, "connection")} of ${fact.wanted} can be open at a time, as this process may have ` +
        `${fact.fileLimit} files open. Raise the hard limit (ulimit -Hn, LimitNOFILE=) or lower --max-conns`,
    ),
  "server-listening": (fact) =>
    info(
      `Listening on ${fact.addresses.map((one) => asUrl(one, fact.scheme)).join(" and ")} after ${seconds(fact.bootMs)}`,
    ),
  "server-stopping": (fact) =>
    fact.deadlineMs === undefined
      ? info("Stopping now")
      : info(
          `Stopping: ${several(fact.connections, "connection")} may take ${seconds(fact.deadlineMs)} to finish`,
        ),
  "server-stopped": (fact) => info(`Stopped after ${seconds(fact.uptimeMs)}`),
  "pid-writing": (fact) => debug(`Writing PID to ${fact.path}`),
  "daemon-exiting": () => debug("Exiting"),
  "privileges-changing": (fact) => info(`Becoming ${fact.user}:${fact.group}`),
  "privileges-kept": (fact) =>
    warn(`Cannot become ${fact.user}:${fact.group}: ${fact.reason}. Going on as who it is`),
  "log-reopening": (fact) => info(`Reopening ${fact.path}`),
  "log-not-reopened": (fact) =>
    warn(
      `Cannot open ${fact.path} anew: ${fact.reason}. What was open before is written to further on`,
    ),
  "log-not-rotated": (fact) =>
    warn(`Cannot begin ${fact.path} anew: ${fact.reason}. It grows beyond its size`),
  "log-failed": (fact) => ({
    level: "error",
    text: `Cannot write to ${fact.path}: ${fact.reason}. Its lines are kept for later, as far as there is room`,
  }),
  "log-recovered": (fact) =>
    warn(`${fact.path} can be written again: ${several(fact.lostLines, "line")} lost`),
  "log-lost": (fact) => warn(`${fact.path} ends without ${several(fact.lostLines, "line")}`),
  "ruby-differs": (fact) =>
    warn(
      `${fact.file} asks for Ruby ${fact.wanted}, which is not installed: using ${fact.version}`,
    ),

  "worker-ready": (fact) => info(`${worker(fact)} is ready after ${seconds(fact.bootMs)}`),
  "worker-gone": (fact) => ({
    level: fact.restartInMs === undefined && fact.lost === 0 ? "info" : "warn",
    text: `${worker(fact)} is gone (${fact.reason})${lost(fact.lost)}${again(fact.restartInMs)}`,
  }),
  "worker-load-failed": (fact) => ({
    level: "error",
    text: `Worker ${fact.number} could not load the app${again(fact.restartInMs)}: ${firstLine(fact.message)}`,
    details: otherLines(fact.message),
  }),
  "worker-retiring": (fact) =>
    info(`${worker(fact)} is replaced: ${REPLACED[fact.reason](fact.figure ?? 0)}`),
  "worker-stuck": (fact) => ({
    level: "error",
    text: `${worker(fact)} has been at ${fact.method} ${fact.target} for ${seconds(fact.stuckMs)}`,
    details: fact.backtraces || undefined,
  }),
  "worker-killed": (fact) => warn(`${worker(fact)} was killed`),
  "queue-full": (fact) => warn(`The queue is full: ${several(fact.length, "request")} wait`),
  "restart-began": (fact) => info(`Restarting: generation ${fact.generation}`),
  "restart-done": (fact) =>
    info(`Generation ${fact.generation} is at work after ${seconds(fact.tookMs)}`),
  "restart-failed": (fact) => ({
    level: "error",
    text: `Generation ${fact.generation} could not be started, the old one stays: ${firstLine(fact.message)}`,
    details: otherLines(fact.message),
  }),

  "ruby-known": ({ ruby, rack }) =>
    debug(`The workers run Ruby ${ruby}${rack === "" ? "" : `, Rack ${rack}`}`),
  "mold-ready": (fact) => debug(`The mold of generation ${fact.generation} (${fact.pid}) is ready`),
  "mold-gone": (fact) =>
    debug(`The mold of generation ${fact.generation} is gone (${fact.reason})`),
  "app-failed": ({ request, failure, isCut }) => ({
    level: "error",
    text:
      `${request.method} ${request.target} failed${isCut ? " in the middle of its body" : ""}: ` +
      `${firstLine(failure.message)} (${failure.className})`,
    details: failure.backtrace.join("\n"),
  }),
  "app-not-loaded": ({ failure }) => ({
    level: "debug",
    text: `The app did not load: ${firstLine(failure.message)} (${failure.className})`,
    details: failure.backtrace.join("\n"),
  }),

  "listener-open": (fact) => debug(`Listening at ${formatAddress(fact.address)}`),
  "listener-closed": (fact) => debug(`No longer listening at ${formatAddress(fact.address)}`),
  "connection-refused": (fact) =>
    warn(`A connection was turned away: ${several(fact.limit, "connection")} are open`),
  "descriptors-spent": (fact) =>
    warn(
      `File descriptors are running out (${fact.limit}): further connections are closed unheard. Raise ulimit -n`,
    ),
  "accept-failed": (fact) =>
    failure(`A connection at ${formatAddress(fact.address)} was lost`, fact.error),
  "proxy-reached": (fact) => info(`Connected to the proxy at ${formatAddress(fact.address)}`),
  "proxy-not-reached": (fact) =>
    warn(
      `Cannot connect to the proxy at ${formatAddress(fact.address)} (${fact.reason}): trying again until it is there`,
    ),
  "tls-failed": (fact) => debug(`No TLS with ${client(fact.peer)}: ${fact.reason}`),
  "tls-renewed": () => info("The TLS key and certificate were read anew"),
  "tls-not-renewed": ({ error }) => ({
    level: "error",
    text: `The old TLS key and certificate stay: ${error instanceof Error ? error.message : error}`,
  }),
  "request-refused": (fact) =>
    info(`A request of ${client(fact.peer)} was refused with ${fact.status}: ${fact.reason}`),
  "reader-stuck": (fact) =>
    info(`${client(fact.peer)} took nothing of ${fact.waitingBytes} bytes in time: cut`),
  "request-ended": (fact) => debug(`${fact.requestLine || "A request"} ended with ${fact.status}`),
  "bytes-received": (fact) => passed("From", fact),
  "bytes-sent": (fact) => passed("To", fact),
  "handler-failed": (fact) => failure("A request failed in the front", fact.error),
  "file-failed": (fact) => failure(`The file ${fact.path} failed`, fact.error),
};

/** The sentence for a fact. */
export function lineFor(fact: AnyFact): Line {
  const sentence = LINES[fact.type] as (fact: AnyFact) => Line;
  return sentence(fact);
}

const REPLACED: Readonly<Record<ReplaceReason, (figure: number) => string>> = {
  requests: (figure) => `it has answered ${several(figure, "request")}`,
  memory: (figure) => `it has grown to ${Math.round(figure / 1024 / 1024)} MB`,
  restart: () => "a new generation is at work",
  resize: () => "fewer are wanted",
  timeout: () => "it did not answer in time",
};

function failure(what: string, error: unknown): Line {
  const text = error instanceof Error ? error.message : String(error);
  const details = error instanceof Error ? error.stack : undefined;
  return { level: "error", text: `${what}: ${firstLine(text)}`, details };
}

/** Bytes of a connection as they are, and how many are left out. */
export function passedText({ text, omittedBytes }: BytesPassed): string {
  return omittedBytes === 0 ? text : `${text}\n(${several(omittedBytes, "byte")} more)`;
}

function passed(which: string, fact: BytesPassed): Line {
  return { level: "info", text: `${which} ${client(fact.peer)}:`, details: passedText(fact) };
}

function client({ remoteAddress, remotePort }: Peer): string {
  return remotePort === undefined ? remoteAddress : `${remoteAddress}:${remotePort}`;
}

function worker(fact: { readonly number: number; readonly pid: number | undefined }): string {
  return fact.pid === undefined ? `Worker ${fact.number}` : `Worker ${fact.number} (${fact.pid})`;
}

function lost(requests: number): string {
  return requests === 0 ? "" : `, and ${several(requests, "request")} with it`;
}

function again(ms: number | undefined): string {
  return ms === undefined ? "" : `; another starts ${ms === 0 ? "now" : `in ${seconds(ms)}`}`;
}

function several(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function seconds(ms: number): string {
  return ms < 10_000 ? `${(ms / 1000).toFixed(2)} s` : `${Math.round(ms / 1000)} s`;
}

function asUrl(address: string, scheme: string): string {
  return /^(?:unix|fd|swiftiply):/.test(address) ? address : `${scheme}://${address}`;
}

function firstLine(text: string): string {
  return text.trim().split("\n", 1)[0] ?? "";
}

function otherLines(text: string): string | undefined {
  return text.trim().split("\n").slice(1).join("\n") || undefined;
}
