import { readFileSync } from "node:fs";
import { allProcesses, descendantsOf, type ProcessStat } from "../../unix/index.ts";

/** By what the processes that belong to one of ours are known. */
export interface FamilyName {
  /** The groups that they were put in. */
  readonly groups: ReadonlySet<number>;
  /** What their environment has in it, unless they have thrown it away. */
  readonly mark: string;
}

/**
 * The pids of a family, without zombies: who is in one of its groups, who descends from the first of one, and who carries
 * its mark, in whatever session. Where there is no /proc, each group that is not empty, with a minus.
 */
export function familyOf(name: FamilyName): readonly number[] {
  const all = processesNow();
  if (all === undefined) return [...name.groups].map((one) => -one).filter((one) => send(one, 0));
  const own = all.filter((one) => name.groups.has(one.groupId) || isMarked(one.pid, name.mark));
  const below = [...name.groups].flatMap((first) => descendantsOf(first, all));
  const alive = [...own, ...below].filter(({ pid, state }) => state !== "Z" && pid !== process.pid);
  return [...new Set(alive.map(({ pid }) => pid))];
}

/** Sends `signal` to each of `pids`; who is gone by then is none of our business. */
export function signalEach(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) send(pid, signal);
}

/** Sends to a process, or with a minus to a group; false when there is none that is ours. */
export function send(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    // It is gone, or has become somebody else's.
    return false;
  }
}

function isMarked(pid: number, mark: string): boolean {
  try {
    return `\0${readFileSync(`/proc/${pid}/environ`, "latin1")}`.includes(mark);
  } catch {
    // Somebody else's, or gone.
    return false;
  }
}

function processesNow(): readonly ProcessStat[] | undefined {
  try {
    return allProcesses();
  } catch {
    return undefined;
  }
}
