import { readFileSync } from "node:fs";
import { type ProcessStat, statOf, TICKS_PER_SECOND } from "./process-stat.ts";

/** Whether a process of this number runs. A zombie does not: it only waits for its parent to look. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Somebody else's runs all the same.
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  return statOf(pid)?.state !== "Z";
}

/**
 * When the process began, in ms since 1970, right to some 20 ms; undefined where /proc does not tell. It is what the wall
 * clock would have shown then, had it been set as it is now.
 */
export function startedAtMs(pid: number): number | undefined {
  const stat = statOf(pid);
  const ageMs = stat && ageMsOf(stat);
  return ageMs === undefined ? undefined : Date.now() - ageMs;
}

/** How long the process has been there, whatever was done to the wall clock; undefined where /proc does not tell. */
export function ageMsOf({ startTicks }: Pick<ProcessStat, "startTicks">): number | undefined {
  const uptime = Number.parseFloat(read("/proc/uptime") ?? "");
  return Number.isNaN(uptime)
    ? undefined
    : Math.max(0, (uptime - startTicks / TICKS_PER_SECOND) * 1_000);
}

/** Its words as `ps` shows them, or the title that it gave itself; "" where /proc does not tell. */
export function commandOf(pid: number): string {
  return (read(`/proc/${pid}/cmdline`) ?? "").replaceAll("\0", " ").trim();
}

/** The user that it runs as; undefined where /proc does not tell. */
export function userOf(pid: number): number | undefined {
  // The owner of its folder in /proc is root once a process has given up its rights.
  const found = /^Uid:\t\d+\t(\d+)/m.exec(read(`/proc/${pid}/status`) ?? "");
  return found ? Number(found[1]) : undefined;
}

/** What a variable was for the process when it began; undefined where it was not set, or /proc does not tell. */
export function variableOf(pid: number, name: string): string | undefined {
  const lines = (read(`/proc/${pid}/environ`) ?? "").split("\0");
  const line = lines.find((one) => one.startsWith(`${name}=`));
  return line && Buffer.from(line.slice(name.length + 1), "latin1").toString();
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1");
  } catch {
    // It has just ended, or this is not Linux.
    return undefined;
  }
}
