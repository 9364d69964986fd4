import { rmSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import {
  type AppDescription,
  type BluepillOrder,
  type BluepillReply,
  detachedNameOf,
  type ProcessStatus,
} from "../supervise/index.ts";
import { ageMsOf, isRunning, statOf } from "../unix/index.ts";
import { type BluepillBase, baseOf } from "./bluepill-base.ts";
import { ask } from "./bluepill-orders.ts";
import { quit } from "./bluepill-quit.ts";
import { EXIT } from "./exit-codes.ts";
import { type UpRow, upTable } from "./up-table.ts";

const LOOK_MS = 50;
/** A process may take its time to stop; a supervisor that does not answer at all is no help. */
const PATIENCE = { timeoutMs: 60_000, attempts: 5, retrying: () => {} };

/**
 * Gives an order to the supervisor of what runs detached in `root`; resolves with the exit code, or with undefined when
 * there is none. A stop of all of it ends the supervisor, too.
 */
export async function orderDetached(
  verb: "start" | "stop" | "restart" | "status",
  names: readonly string[],
  root: string,
  env: NodeJS.ProcessEnv,
): Promise<number | undefined> {
  const base = baseOf(undefined, env);
  const app = detachedNameOf(root);
  if (base.daemonOf(app) === undefined) return undefined;
  const reply = await tellDetached({ order: "describe" }, app, base);
  const processes = reply.reply === "description" ? reply.description.processes : [];
  if (verb === "status") return await showStatus(processes, app, base);
  const unknown = names.find((name) => !processes.some((one) => isCalled(name, one)));
  if (unknown !== undefined) return refuse(unknown, processes);
  if (verb === "stop" && names.length === 0) await endDetached(app, base);
  else if (names.length === 0) await tellDetached({ order: verb, target: [] }, app, base);
  for (const name of names) await tellDetached({ order: verb, target: [name] }, app, base);
  return EXIT.ok;
}

/** Asks the supervisor something; resolves with its reply. Throws BluepillError when there is none. */
export function tellDetached(
  order: BluepillOrder,
  app: string,
  base: BluepillBase,
): Promise<BluepillReply> {
  return ask(order, app, base, PATIENCE);
}

/** Ends all that runs detached, and who looks after it; resolves when nothing of it is left. */
export async function endDetached(app: string, base: BluepillBase): Promise<void> {
  await tellDetached({ order: "stop", target: [] }, app, base);
  const pid = base.daemonOf(app);
  quit(app, base);
  while (pid !== undefined && isRunning(pid)) await pause(LOOK_MS);
  rmSync(base.pidFolderOf(app), { recursive: true, force: true });
}

type Described = AppDescription["processes"][number];

function isCalled(name: string, process: Described): boolean {
  return name === process.name || name === process.group;
}

function refuse(name: string, processes: readonly Described[]): number {
  const types = [...new Set(processes.map(({ group }) => group))];
  console.error(`gossamer: There is no ${name} here. It is ${types.join(", ")} that runs.`);
  return EXIT.failed;
}

async function showStatus(
  processes: readonly Described[],
  app: string,
  base: BluepillBase,
): Promise<number> {
  const reply = await tellDetached({ order: "status", target: [] }, app, base);
  const statuses = reply.reply === "status" ? reply.groups.flatMap((one) => one.processes) : [];
  const ports = new Map(processes.map(({ name, environment }) => [name, environment["PORT"]]));
  console.log(upTable(statuses.map((one) => rowOf(one, Number(ports.get(one.name))))));
  return EXIT.ok;
}

/** The supervisor counts no restarts. */
function rowOf({ name, state, pid }: ProcessStatus, port: number): UpRow {
  const found = pid === undefined ? undefined : statOf(pid);
  const upMs = found && ageMsOf(found);
  return { name, state, pid, port, upMs, restarts: undefined };
}
