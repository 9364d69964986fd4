import { setTimeout as pause } from "node:timers/promises";
import type { BluepillBase } from "./bluepill-base.ts";
import { BLUEPILL_EXIT } from "./bluepill-error.ts";
import { ask, type Patience } from "./bluepill-orders.ts";
import { statusText } from "./bluepill-status.ts";

const EVERY_MS = 1_000;
const CLEAR = "\u001b[H\u001b[2J";

/** Shows the status as it changes, until it is interrupted: on a terminal over itself, elsewhere one after the other. */
export async function watch(app: string, base: BluepillBase, patience: Patience): Promise<number> {
  const end = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => end.abort());
  let shown = "";
  while (!end.signal.aborted) {
    const reply = await ask({ order: "status", target: [] }, app, base, patience);
    const text = reply.reply === "status" ? statusText(reply.groups, []) : "";
    if (text !== shown) process.stdout.write(`${process.stdout.isTTY ? CLEAR : ""}${text}`);
    shown = text;
    await pause(EVERY_MS, undefined, { signal: end.signal }).catch(() => {});
  }
  return BLUEPILL_EXIT.ok;
}
