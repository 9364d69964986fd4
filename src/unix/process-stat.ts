import { closeSync, openSync, readdirSync, readSync } from "node:fs";

/** Linux counts times of processes in hundredths of a second, whatever its own clock does. */
export const TICKS_PER_SECOND = 100;

const PAGE_BYTES = 4_096;

/** What /proc tells of a process at one moment. */
export interface ProcessStat {
  readonly pid: number;
  readonly parentPid: number;
  readonly groupId: number;
  /** One letter: R, S, D, Z, T … */
  readonly state: string;
  /** When it began, in ticks since the machine did: with the pid it names a process for good. */
  readonly startTicks: number;
  /** User and system time that it has had. */
  readonly cpuMs: number;
  readonly residentBytes: number;
}

/** What /proc tells of `pid` now; undefined when there is no such process, or no /proc. */
export function statOf(pid: number): ProcessStat | undefined {
  let text: string;
  try {
    text = lineAt(`/proc/${pid}/stat`);
  } catch {
    // It has just ended, or this is not Linux.
    return undefined;
  }
  // `42 (a name (with anything)) S 1 …`: fields are counted from the last parenthesis.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const ticks = Number(fields[11]) + Number(fields[12]);
  return {
    pid,
    state: fields[0] ?? "",
    parentPid: Number(fields[1]),
    groupId: Number(fields[2]),
    startTicks: Number(fields[19]),
    cpuMs: (ticks / TICKS_PER_SECOND) * 1_000,
    residentBytes: Number(fields[21]) * PAGE_BYTES,
  };
}

/** A line of /proc is there in one read, and is read hundreds of times a second: no buffer is made for it. */
function lineAt(path: string): string {
  const file = openSync(path, "r");
  try {
    return LINE.toString("latin1", 0, readSync(file, LINE, 0, LINE.length, null));
  } finally {
    closeSync(file);
  }
}

/** The longest name has 64 bytes, the numbers behind it less than 1,000. */
const LINE = Buffer.alloc(2_048);

/** All processes there are. Costs some 20 µs for each of them. */
export function allProcesses(): readonly ProcessStat[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => statOf(Number(pid)) ?? []);
}

/** Those of `all` that descend from `pid`: children, their children, and so on. */
export function descendantsOf(pid: number, all: readonly ProcessStat[]): readonly ProcessStat[] {
  const children = byParent(all);
  const found: ProcessStat[] = [];
  const parents = [pid];
  for (let parent = parents.pop(); parent !== undefined; parent = parents.pop()) {
    for (const child of children.get(parent) ?? []) {
      found.push(child);
      parents.push(child.pid);
    }
  }
  return found;
}

function byParent(all: readonly ProcessStat[]): Map<number, ProcessStat[]> {
  const groups = new Map<number, ProcessStat[]>();
  for (const one of all) {
    const siblings = groups.get(one.parentPid);
    if (siblings) siblings.push(one);
    else groups.set(one.parentPid, [one]);
  }
  return groups;
}
