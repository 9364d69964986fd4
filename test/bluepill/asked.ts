import { readdir } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { askLine } from "../../src/control/index.ts";
import {
  type BluepillOrder,
  type BluepillReply,
  bluepillReplyIn,
  type ProcessStatus,
} from "../../src/supervise/index.ts";
import { until } from "../harness/processes.ts";
import type { Side } from "./side.ts";

/** The socket of our daemon of an application. */
export function socketOf(side: Side, app = "a"): string {
  return join(side.base, "socks", `${app}.sock`);
}

/** What our daemon replies; for what would take too long with a command each. */
export async function ask(side: Side, order: BluepillOrder, app = "a"): Promise<BluepillReply> {
  return await askAt(socketOf(side, app), order);
}

/** Where the daemon has all its processes, by their names. */
export async function statuses(side: Side): Promise<ReadonlyMap<string, ProcessStatus>> {
  return await statusesAt(socketOf(side));
}

/** The processes of an application by their names: state, and pid or 0. Of a daemon that does not answer: none. */
export type States = Readonly<Record<string, { readonly state: string; readonly pid: number }>>;

export async function ourStates(socketPath: string): Promise<States> {
  const found = await statusesAt(socketPath).catch(() => new Map<string, ProcessStatus>());
  return Object.fromEntries([...found].map(([name, { state, pid = 0 }]) => [name, { state, pid }]));
}

/** The gem's daemon answers a line with an array of strings, marshalled by Ruby. */
export async function gemStates(socketPath: string): Promise<States> {
  const lines = marshalledStrings(await answerOf(socketPath, "status\n"));
  const found = lines.flatMap((line) => [...line.matchAll(/^\s*(\S+)\(pid:(\d*)\): (\w+)$/g)]);
  return Object.fromEntries(
    found.map(([, name, pid, state = ""]) => [name, { state, pid: Number(pid) }]),
  );
}

async function askAt(socketPath: string, order: BluepillOrder): Promise<BluepillReply> {
  const answer = await askLine(socketPath, JSON.stringify(order), 20_000);
  const reply = answer.kind === "answer" ? bluepillReplyIn(answer.line) : undefined;
  if (reply === undefined) throw new Error(`no reply: ${JSON.stringify(answer)}`);
  return reply;
}

async function statusesAt(socketPath: string): Promise<ReadonlyMap<string, ProcessStatus>> {
  const reply = await askAt(socketPath, { order: "status", target: [] });
  if (reply.reply !== "status") throw new Error(JSON.stringify(reply));
  return new Map(reply.groups.flatMap(({ processes }) => processes.map((one) => [one.name, one])));
}

/** Nothing when nobody answers. A helper that the daemon has forked keeps the connection open after the answer. */
function answerOf(socketPath: string, line: string): Promise<Buffer> {
  return new Promise((resolve) => {
    const pieces: Buffer[] = [];
    const socket = connect(socketPath, () => socket.write(line));
    socket.setTimeout(1_000, () => socket.destroy());
    socket.on("data", (piece) => pieces.push(piece));
    socket.on("error", () => {});
    socket.on("close", () => resolve(Buffer.concat(pieces)));
  });
}

/** The strings in what Ruby's Marshal has written: `"`, the length (from 123 bytes on with a 1 before it), the bytes. */
function marshalledStrings(bytes: Buffer): readonly string[] {
  const found: string[] = [];
  for (let at = bytes.indexOf('I"'); at >= 0; ) {
    const [first = 0, second = 0] = bytes.subarray(at + 2);
    const [length, start] = first === 1 ? [second, at + 4] : [Math.max(0, first - 5), at + 3];
    found.push(bytes.toString("utf8", start, start + length));
    at = bytes.indexOf('I"', start + length);
  }
  return found;
}

/** Resolves with the pid of `name` once it is up, and is not `other`. */
export async function untilUp(side: Side, name: string, other = -1): Promise<number> {
  let found: ProcessStatus | undefined;
  await until(
    async () => {
      found = (await statuses(side)).get(name);
      return found?.state === "up" && found.pid !== undefined && found.pid !== other;
    },
    60_000,
    () => `${name} is not up: ${JSON.stringify(found)}`,
  );
  return found?.pid ?? 0;
}

/** Resolves with the log once it has a line like `pattern`. */
export async function untilLogged(side: Side, pattern: RegExp, log = "a.log"): Promise<string> {
  let text = "";
  await until(
    async () => {
      text = (await side.file(log)) ?? "";
      return pattern.test(text);
    },
    60_000,
    () => `no line like ${pattern} in:\n${text}`,
  );
  return text;
}

/** The pid of our daemon. */
export async function daemonOf(side: Side): Promise<number> {
  return Number(await side.file("base/pids/a.pid"));
}

/** How many files a process has open. */
export async function openFiles(pid: number): Promise<number> {
  return (await readdir(`/proc/${pid}/fd`)).length;
}
