import type { GroupStatus, ProcessStatus } from "../supervise/index.ts";
import { columns } from "./columns.ts";

/** What a process uses at the moment. */
export interface Figures {
  readonly ageMs: number;
  readonly residentBytes: number;
  /** Of one CPU, since the last look; undefined at the first. */
  readonly cpuPercent: number | undefined;
}

type Row = readonly string[];

const HEAD: Row = ["PROCESS", "PID", "STATE", "UP", "MEMORY", "CPU", "SAYS"];
/** Figures stand at the right of their columns. */
const RIGHT = new Set([1, 3, 4, 5]);

/** All processes with what they use, as a table for people; children stand below their process. */
export function statusTable(
  groups: readonly GroupStatus[],
  figuresOf: (pid: number) => Figures | undefined,
): string {
  const rows = groups.flatMap((group) => rowsOf(group, figuresOf));
  return `${columns([HEAD, ...rows], RIGHT)}\n`;
}

function rowsOf(
  { group, processes }: GroupStatus,
  figuresOf: (pid: number) => Figures | undefined,
): readonly Row[] {
  const prefix = group === null ? "" : `${group}:`;
  const using = (pid: number | undefined): Row =>
    cells(pid === undefined ? undefined : figuresOf(pid));
  return processes.flatMap(({ name, pid, state, children, said }: ProcessStatus) => [
    [`${prefix}${name}`, String(pid ?? ""), state, ...using(pid), said?.status ?? ""],
    ...children.map((one) => ["  child", String(one.pid), one.state, ...using(one.pid), ""]),
  ]);
}

function cells(figures: Figures | undefined): Row {
  if (figures === undefined) return ["", "", ""];
  const { ageMs, residentBytes, cpuPercent } = figures;
  const cpu = cpuPercent === undefined ? "" : `${cpuPercent.toFixed(1)}%`;
  return [age(ageMs), `${Math.round(residentBytes / 1024 ** 2)} MB`, cpu];
}

/** The two greatest units: `3d 4h`, `5m 07s`. */
function age(ms: number): string {
  const seconds = Math.max(Math.floor(ms / 1_000), 0);
  const [days, hours, minutes] = [
    seconds / 86_400,
    (seconds / 3_600) % 24,
    (seconds / 60) % 60,
  ].map(Math.floor);
  const two = (number = 0): string => String(number).padStart(2, "0");
  if (days) return `${days}d ${two(hours)}h`;
  if (hours) return `${hours}h ${two(minutes)}m`;
  return minutes ? `${minutes}m ${two(seconds % 60)}s` : `${seconds}s`;
}
