/** A server's processes as /proc shows them: proc(5). */

import { readdirSync, readFileSync } from "node:fs";

export type ProcessStat = {
  readonly pid: number;
  readonly parent: number;
  readonly session: number;
  readonly state: string;
  /** User plus system time, its own and that of children it has waited for, in ticks of 10 ms. */
  readonly ticks: number;
};

/** Reads one line of /proc/PID/stat; the name in parentheses may hold anything, so it is cut first. */
export function parseStat(line: string): ProcessStat {
  const pid = Number(line.slice(0, line.indexOf(" ")));
  const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
  const field = (number: number): number => Number(fields[number - 3]);
  return {
    pid,
    parent: field(4),
    session: field(6),
    state: fields[0] ?? "",
    ticks: field(14) + field(15) + field(16) + field(17),
  };
}

/** Every living process of the session that `leader` leads, and every descendant of one of them. */
export function treeOf(leader: number): readonly ProcessStat[] {
  return withDescendants(leader, allProcesses()).filter((one) => one.state !== "Z");
}

/** The part of `processes` that belongs to `leader` by session or by descent. */
export function withDescendants(
  leader: number,
  processes: readonly ProcessStat[],
): readonly ProcessStat[] {
  const members = new Set([leader]);
  const joins = (one: ProcessStat): boolean =>
    !members.has(one.pid) && (one.session === leader || members.has(one.parent));
  for (let joined = processes.filter(joins); joined.length > 0; joined = processes.filter(joins)) {
    for (const one of joined) members.add(one.pid);
  }
  return processes.filter((one) => members.has(one.pid));
}

function allProcesses(): readonly ProcessStat[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => readOrEmpty(`/proc/${pid}/stat`))
    .filter((line) => line !== "")
    .map(parseStat);
}

/** The CPU time the tree has used so far, in microseconds; its dead count until and after the wait. */
export function cpuUsOf(leader: number): number {
  return withDescendants(leader, allProcesses()).reduce((sum, one) => sum + one.ticks, 0) * 10_000;
}

/** Proportional set size of the tree in bytes: a page shared by n processes counts 1/n in each. */
export function pssBytesOf(leader: number): number {
  return treeOf(leader).reduce((sum, one) => sum + pssBytes(one.pid), 0);
}

/** Proportional set size of one process in bytes; 0 once it is gone. */
export function pssBytes(pid: number): number {
  const rollup = readOrEmpty(`/proc/${pid}/smaps_rollup`);
  return Number(/^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1] ?? 0) * 1024;
}

/** A process may end between being listed and being read; then it has nothing to say. */
function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
