import { LONGEST_TIMER_MS } from "../../kit/index.ts";
import type { RackFact } from "../../rack/index.ts";
import type { ServerFact } from "../../server/index.ts";
import { type AnyFact, lineFor, passedText } from "./lines.ts";

/** What `-D` and `-V` ask for. */
export interface ThinVerbosity {
  readonly isDebugging: boolean;
  readonly isTracing: boolean;
}

/** What Thin prints for a fact: its own words where it has some, ours for troubles that it does not know. */
export function thinLinesFor(fact: AnyFact, verbosity: ThinVerbosity): readonly string[] {
  switch (fact.type) {
    case "server-starting":
      return banner(fact, verbosity);
    case "server-listening":
      return [`Listening on ${fact.addresses.map(asThinHasIt).join(", ")}, CTRL+C to stop`];
    case "server-stopping":
      return stopping(fact);
    case "server-stopped":
      return [];
    case "pid-writing":
      return [`Writing PID to ${fact.path}`];
    case "privileges-changing":
      return [`Changing process privilege to ${fact.user}:${fact.group}`];
    case "privileges-kept":
      return [`Couldn't change user and group to ${fact.user}:${fact.group}: ${fact.reason}`];
    case "daemon-exiting":
      return ["Exiting!"];
    case "log-reopening":
      return [`Reopening log file: ${fact.path}`];
    case "restart-began":
      return ["Restarting ..."];
    case "request-refused":
      return [`Invalid request: ${refusal(fact)}`];
    case "app-failed":
      return [appFailure(fact)];
    case "bytes-received":
    case "bytes-sent":
      return [passedText(fact)];
    default: {
      const { level, text, details } = lineFor(fact);
      if (!verbosity.isDebugging && (level === "debug" || level === "info")) return [];
      return [details === undefined ? text : `${text}\n${details}`];
    }
  }
}

function banner(
  fact: Extract<ServerFact, { type: "server-starting" }>,
  { isDebugging, isTracing }: ThinVerbosity,
): readonly string[] {
  return [
    ...(fact.rackup === undefined ? [`Using ${fact.adapter} adapter`] : []),
    `Thin web server (v2.0.1 codename Thinception, by Gossamer ${fact.version})`,
    ...(isDebugging ? ["Debugging ON"] : []),
    ...(isTracing ? ["Tracing ON"] : []),
    `Maximum connections set to ${fact.maxConnections}`,
  ];
}

/** What Thin says of every head that it cannot read, and then why; other refusals are none of Thin's. */
function refusal({ status, reason }: Extract<AnyFact, { type: "request-refused" }>): string {
  return status === 400 ? `Invalid HTTP format, parsing fails. (${reason})` : reason;
}

/** Thin's words and backtrace, with an empty line at the end; what failed, and with what, comes last. */
function appFailure({ request, failure }: Extract<RackFact, { type: "app-failed" }>): string {
  const { message, backtrace, className } = failure;
  const what = `in ${request.method} ${request.target} (${className})`;
  const lines = [`Unexpected error while processing request: ${message}`, ...backtrace, what];
  return `${lines.join("\n\t")}\n`;
}

/** A socket's path without our `unix:`, and a proxy as `HOST:PORT swiftiply`. */
function asThinHasIt(address: string): string {
  return address.replace(/^unix:/, "").replace(/^swiftiply:(.*)$/, "$1 swiftiply");
}

function stopping(fact: Extract<ServerFact, { type: "server-stopping" }>): readonly string[] {
  if (fact.deadlineMs === undefined) return ["Stopping ..."];
  if (fact.connections === 0) return [];
  // What `-t 0` comes to; Thin writes it as it was said.
  const time = fact.deadlineMs < LONGEST_TIMER_MS ? Math.round(fact.deadlineMs / 1000) : 0;
  return [
    `Waiting for ${fact.connections} connection(s) to finish, can take up to ${time} sec, CTRL+C to stop now`,
  ];
}
