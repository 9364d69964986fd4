import { readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { isRunning, pidIn, startedAtMs, statOf } from "../../unix/index.ts";
import type { DaemonLine } from "./daemon-line.ts";

const POLL_MS = 100;
/** How long a daemon that was announced may take to write its pid: it may load an app first. */
const ANNOUNCED_MS = 60_000;
/** How long one that was not. */
const UNANNOUNCED_MS = 300;
/** How long it may be that nothing of it is to be seen, between two forks or when it is told to end. */
const UNSEEN_MS = 1_500;
/** /proc and the clock round. */
const ROUNDING_MS = 1_000;

/** A daemon that a command has left behind, as its pid file names it. */
export interface Daemon {
  readonly pid: number;
  readonly pidFile: string;
  /** Its own, or that of who started it, who is gone. */
  readonly groupId: number;
  /** With the pid it names the process for good; undefined where /proc does not tell. */
  readonly startTicks: number | undefined;
}

/** What the wait for a daemon depends on. */
export interface Hope {
  /** When its command began, in ms since 1970. */
  readonly sinceMs: number;
  /** Aborted when it is to end before it is there. */
  readonly stopped: AbortSignal;
  /** Whether anything runs that the command has started. */
  isSeen(): boolean;
}

/**
 * Waits for the daemon of a command that has ended well. Undefined when none comes. A process that is older than the
 * command is not its daemon, whatever the file says.
 */
export async function awaitDaemon(line: DaemonLine, hope: Hope): Promise<Daemon | undefined> {
  const deadlineMs = performance.now() + (line.isSaid ? ANNOUNCED_MS : UNANNOUNCED_MS);
  let seenAtMs = performance.now();
  for (;;) {
    const found = daemonIn(line, hope.sinceMs);
    const nowMs = performance.now();
    if (!hope.stopped.aborted && hope.isSeen()) seenAtMs = nowMs;
    const isLost = nowMs > deadlineMs || nowMs - seenAtMs > UNSEEN_MS;
    if (found !== undefined || isLost) return found;
    await wait(POLL_MS);
  }
}

/** The daemon that a pid file names now. */
export function daemonIn({ pidFiles }: DaemonLine, sinceMs: number): Daemon | undefined {
  for (const pidFile of pidFiles) {
    const pid = pidAt(pidFile);
    if (pid === undefined || !isRunning(pid) || pid === process.pid) continue;
    const beganMs = startedAtMs(pid);
    if (beganMs !== undefined && beganMs < sinceMs - ROUNDING_MS) continue;
    const stat = statOf(pid);
    return { pid, pidFile, groupId: stat?.groupId ?? pid, startTicks: stat?.startTicks };
  }
  return undefined;
}

/** Whether this very process runs. */
export function isThere({ pid, startTicks }: Daemon): boolean {
  return isRunning(pid) && statOf(pid)?.startTicks === startTicks;
}

/** Whether the file is still there: who ends well removes it. */
export function hasPidFile({ pidFile }: Daemon): boolean {
  return pidAt(pidFile) !== undefined;
}

function pidAt(path: string): number | undefined {
  try {
    return pidIn(readFileSync(path, "latin1"));
  } catch {
    // Not there yet, or not ours to read.
    return undefined;
  }
}
