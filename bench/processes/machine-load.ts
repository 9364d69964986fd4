/** How much of the machine somebody else used: what makes a round doubtful. */

import { readFileSync } from "node:fs";
import { cpus } from "node:os";

export type Snapshot = {
  readonly atMs: number;
  /** Ticks that any process, or the hypervisor, took from this machine. */
  readonly busyTicks: number;
  /** Ticks of this harness and of those of its clients that have ended. */
  readonly ownTicks: number;
  readonly serverTicks: number;
};

/** Takes the three counters at one moment; `serverUs` is the server's CPU time so far. */
export function snapshot(serverUs: number): Snapshot {
  return {
    atMs: performance.now(),
    busyTicks: busyTicks(readFileSync("/proc/stat", "utf8")),
    ownTicks: ownTicks(readFileSync("/proc/self/stat", "utf8")),
    serverTicks: serverUs / 10_000,
  };
}

/** The share of all CPUs, in percent, that neither the server nor the harness and its clients used. */
export function othersPercent(before: Snapshot, after: Snapshot): number {
  const available = ((after.atMs - before.atMs) / 10) * cpus().length;
  const busy = after.busyTicks - before.busyTicks;
  const ours = after.ownTicks + after.serverTicks - before.ownTicks - before.serverTicks;
  return Math.max(0, ((busy - ours) / available) * 100);
}

/** user + nice + system + irq + softirq + steal of the first line of /proc/stat. */
export function busyTicks(stat: string): number {
  const [user, nice, system, , , irq, softirq, steal] = (/^cpu +(.*)$/m.exec(stat)?.[1] ?? "")
    .split(" ")
    .map(Number);
  return [user, nice, system, irq, softirq, steal].reduce<number>((sum, n) => sum + (n ?? 0), 0);
}

/** utime, stime, cutime and cstime: the fields 14 to 17 of /proc/PID/stat. */
function ownTicks(line: string): number {
  const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
  return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
}
