import type { Clock } from "../../kit/index.ts";
import type { Handler, Reply, Request } from "../../message/index.ts";
import type { Between } from "../../server/index.ts";
import { pageOf } from "./page.ts";
import { type Report, reportOf } from "./report.ts";
import { Tally } from "./tally.ts";

export interface StatsOptions {
  /** Where the page is: `/stats`, without a slash at its end. */
  readonly path: string;
  /** What the server calls itself. */
  readonly software: string;
  readonly clock: Clock;
}

/**
 * Answers `path`, what is below it and `path.json` with how the server is doing, without any worker, and counts the
 * requests that go by to them. Its own are not counted.
 */
export function stats({ path, software, clock }: StatsOptions): Between {
  const tally = new Tally(clock);
  return (workers, figures) => {
    const report = async (): Promise<Report> => await reportOf(software, await figures(), tally);
    return (request, reply) => {
      const rest = restOf(request.path, path);
      if (rest === undefined) count(workers, tally, request, reply);
      else answer(request, reply, wantsJson(request, rest), report);
    };
  };
}

/** What follows our path in a path that is ours. */
function restOf(path: string, ours: string): string | undefined {
  if (!path.startsWith(ours)) return undefined;
  const rest = path.slice(ours.length);
  return rest === "" || rest === ".json" || rest.startsWith("/") ? rest : undefined;
}

function count(workers: Handler, tally: Tally, request: Request, reply: Reply): void {
  const counted = tally.begin(request, reply);
  try {
    workers(request, counted);
  } catch (error) {
    counted.giveUp();
    throw error;
  }
}

function wantsJson({ fields }: Request, rest: string): boolean {
  if (rest === ".json") return true;
  const at = fields.findIndex((name, index) => index % 2 === 0 && name === "accept");
  const accept = fields[at + 1] ?? "";
  return at >= 0 && /\bjson\b/.test(accept) && !/\bhtml\b/.test(accept);
}

function answer(
  { method }: Request,
  reply: Reply,
  isJson: boolean,
  report: () => Promise<Report>,
): void {
  if (method !== "GET" && method !== "HEAD") {
    reply.fail(405, "allow: GET, HEAD\r\n");
    return;
  }
  report().then(
    (made) => respond(reply, made, isJson),
    () => reply.fail(500),
  );
}

/** Nobody is to keep it, and nothing in it is to be run, whatever the last request held. */
const LINES =
  "cache-control: no-store\r\nx-content-type-options: nosniff\r\n" +
  "content-security-policy: default-src 'none'; style-src 'unsafe-inline'\r\n";

function respond(reply: Reply, report: Report, isJson: boolean): void {
  const type = isJson ? "application/json" : "text/html; charset=utf-8";
  const text = isJson ? `${JSON.stringify(report)}\n` : pageOf(report);
  const lines = `content-type: ${type}\r\n${LINES}`;
  reply.respond({ status: 200, lines, holds: 0 }, Buffer.from(text, "utf8"));
}
