import type { UpStatus } from "../supervise/index.ts";
import { columns } from "./columns.ts";

/** What is shown of a process; undefined where it is not known. */
export type UpRow = Omit<UpStatus, "state" | "restarts"> & {
  readonly state: string;
  readonly restarts: number | undefined;
};

/** A table of processes, for a terminal. */
export function upTable(processes: readonly UpRow[]): string {
  const rows = processes.map(({ name, state, pid, port, upMs, restarts }) => [
    name,
    state,
    shown(pid),
    shown(port),
    upMs === undefined ? "-" : lasting(upMs),
    shown(restarts),
  ]);
  return columns([["PROCESS", "STATE", "PID", "PORT", "UP", "RESTARTS"], ...rows]);
}

function shown(number: number | undefined): string {
  return number === undefined ? "-" : String(number);
}

/** `42s`, `3m05s`, `2h07m`. */
function lasting(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const two = (number: number): string => String(number).padStart(2, "0");
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m${two(seconds % 60)}s`;
  return `${Math.floor(seconds / 3600)}h${two(Math.floor((seconds % 3600) / 60))}m`;
}
