import { setTimeout as pause } from "node:timers/promises";
import type { GroupStatus } from "../supervise/index.ts";
import { ageMsOf, statOf } from "../unix/index.ts";
import type { BluepillBase } from "./bluepill-base.ts";
import { BLUEPILL_EXIT } from "./bluepill-error.ts";
import { ask, type Patience } from "./bluepill-orders.ts";
import { statusText } from "./bluepill-status.ts";
import { type Figures, statusTable } from "./bluepill-table.ts";

const EVERY_MS = 1_000;
const CLEAR = "\u001b[H\u001b[2J";

/**
 * Shows the status until it is interrupted: on a terminal as a table with what each process
 * uses, once a second over itself; elsewhere as `status` has it, whenever it changes.
 */
export async function watch(app: string, base: BluepillBase, patience: Patience): Promise<number> {
  const end = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => end.abort());
  process.stdout.once("error", () => end.abort());
  const usage = new Usage();
  let shown = "";
  while (!end.signal.aborted) {
    const reply = await ask({ order: "status", target: [] }, app, base, patience);
    const groups = reply.reply === "status" ? reply.groups : [];
    const text = process.stdout.isTTY
      ? `${CLEAR}${tableOf(groups, usage)}`
      : statusText(groups, []);
    if (text !== shown) process.stdout.write(text);
    shown = text;
    await pause(EVERY_MS, undefined, { signal: end.signal }).catch(() => {});
  }
  return BLUEPILL_EXIT.ok;
}

function tableOf(groups: readonly GroupStatus[], usage: Usage): string {
  return statusTable(groups, (pid) => usage.look(pid));
}

/** What processes use, seen from one look to the next. */
class Usage {
  readonly #last = new Map<number, { readonly cpuMs: number; readonly atMs: number }>();

  look(pid: number): Figures | undefined {
    const found = statOf(pid);
    if (found === undefined) return undefined;
    const { cpuMs, residentBytes } = found;
    const last = this.#last.get(pid);
    const atMs = performance.now();
    this.#last.set(pid, { cpuMs, atMs });
    const cpuPercent = last && (100 * (cpuMs - last.cpuMs)) / (atMs - last.atMs);
    return { ageMs: ageMsOf(found) ?? 0, residentBytes, cpuPercent };
  }
}
