import type { ServerFact } from "../../server/index.ts";
import { type AnyFact, lineFor } from "./lines.ts";

/** What Thin prints for a fact: its own words where it has some, ours for troubles that it does not know. */
export function thinLinesFor(fact: AnyFact, isDebugging: boolean): readonly string[] {
  switch (fact.type) {
    case "server-starting":
      return banner(fact, isDebugging);
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
      return [`Invalid request: ${fact.reason}`];
    default: {
      const { level, text, details } = lineFor(fact);
      if (!isDebugging && (level === "debug" || level === "info")) return [];
      return [details === undefined ? text : `${text}\n${details}`];
    }
  }
}

function banner(
  fact: Extract<ServerFact, { type: "server-starting" }>,
  isDebugging: boolean,
): readonly string[] {
  return [
    ...(fact.rackup === undefined ? [`Using ${fact.adapter} adapter`] : []),
    `Thin web server (v2.0.1 codename Thinception, by Gossamer ${fact.version})`,
    ...(isDebugging ? ["Debugging ON"] : []),
    `Maximum connections set to ${fact.maxConnections}`,
  ];
}

/** A socket's path without our `unix:`, and a proxy as `HOST:PORT swiftiply`. */
function asThinHasIt(address: string): string {
  return address.replace(/^unix:/, "").replace(/^swiftiply:(.*)$/, "$1 swiftiply");
}

function stopping(fact: Extract<ServerFact, { type: "server-stopping" }>): readonly string[] {
  if (fact.deadlineMs === undefined) return ["Stopping ..."];
  if (fact.connections === 0) return [];
  const time = Math.round(fact.deadlineMs / 1000);
  return [
    `Waiting for ${fact.connections} connection(s) to finish, can take up to ${time} sec, CTRL+C to stop now`,
  ];
}
