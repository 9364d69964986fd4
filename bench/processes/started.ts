/** The servers and clients that run now, so that an interrupted benchmark leaves none behind. */

import { treeOf } from "./tree.ts";

const started = new Set<number>();

export function remember(pid: number): void {
  started.add(pid);
}

export function forget(pid: number): void {
  started.delete(pid);
}

/** Sends `signal` to every process of the tree of `pid`. */
export function signalTree(pid: number, signal: NodeJS.Signals): void {
  for (const one of treeOf(pid)) signalOne(one.pid, signal);
}

/** Kills at once, synchronously, everything that was started and not yet stopped. */
export function killAll(): void {
  for (const pid of started) signalTree(pid, "SIGKILL");
  started.clear();
}

/** A process that is already gone needs no signal. */
function signalOne(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}
