import { setTimeout as pause } from "node:timers/promises";
import { isRunning } from "../unix/index.ts";
import type { BluepillBase } from "./bluepill-base.ts";
import { BLUEPILL_EXIT, BluepillError } from "./bluepill-error.ts";

/** Tells the daemon of `app` to end, and does not wait; what it looks after goes on. Returns what to print. */
export function quit(app: string, base: BluepillBase): string {
  const pid = base.daemonOf(app);
  if (pid === undefined) return "bluepilld not running";
  tell(pid, "SIGTERM");
  return `Killing bluepilld[${pid}]`;
}

const LOOK_MS = 50;

/**
 * Ends the daemon that an application has, to make room for another; `say` hears of it. Throws BluepillError when it is
 * still there after `killTimeoutMs`.
 */
export async function replacePrevious(
  app: string,
  base: BluepillBase,
  killTimeoutMs: number,
  say: (text: string) => void,
): Promise<void> {
  const pid = base.daemonOf(app);
  if (pid === undefined) return;
  say(`Killing previous bluepilld[${pid}]`);
  tell(pid, "SIGINT");
  const endMs = performance.now() + killTimeoutMs;
  while (isRunning(pid)) {
    if (performance.now() > endMs) {
      throw new BluepillError(`Previous bluepilld[${pid}] didn't die`, BLUEPILL_EXIT.previousAlive);
    }
    await pause(LOOK_MS);
  }
}

function tell(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // It ended in this moment, which is all that is wanted of it.
    if (code === "ESRCH") return;
    const message = `Encountered error trying to kill previous bluepill:\n${code}: bluepilld[${pid}]`;
    throw new BluepillError(message, BLUEPILL_EXIT.previousAlive, error);
  }
}
