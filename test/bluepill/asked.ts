import { readdir } from "node:fs/promises";
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
  const answer = await askLine(socketOf(side, app), JSON.stringify(order), 20_000);
  const reply = answer.kind === "answer" ? bluepillReplyIn(answer.line) : undefined;
  if (reply === undefined) throw new Error(`no reply: ${JSON.stringify(answer)}`);
  return reply;
}

/** Where the daemon has all its processes, by their names. */
export async function statuses(side: Side): Promise<ReadonlyMap<string, ProcessStatus>> {
  const reply = await ask(side, { order: "status", target: [] });
  if (reply.reply !== "status") throw new Error(JSON.stringify(reply));
  return new Map(reply.groups.flatMap(({ processes }) => processes.map((one) => [one.name, one])));
}

/** Resolves with the pid of `name` once it is up, and is not `other`. */
export async function untilUp(side: Side, name: string, other = -1): Promise<number> {
  let found: ProcessStatus | undefined;
  await until(
    async () => {
      found = (await statuses(side)).get(name);
      return found?.state === "up" && found.pid !== undefined && found.pid !== other;
    },
    30_000,
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
    30_000,
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
