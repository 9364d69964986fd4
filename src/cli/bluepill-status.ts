import type { GroupStatus, ProcessStatus } from "../supervise/index.ts";

/** The layout that scripts read: a block for each group, an empty line after it. `target` is what was asked for. */
export function statusText(groups: readonly GroupStatus[], target: readonly string[]): string {
  const isWhole = target.length === 0 || (target.length === 1 && groups[0]?.group === target[0]);
  return groups.map((group) => (isWhole ? block(group) : detail(group))).join("");
}

function block({ group, processes }: GroupStatus): string {
  const indent = group === null ? "" : "  ";
  const header = group === null ? [] : [`${group}:`];
  const lines = processes.flatMap((one) => [line(one, indent), ...children(one, indent)]);
  return [...header, ...lines, "", ""].join("\n");
}

/** For one process: what happened to it instead of its children. */
function detail({ group, processes }: GroupStatus): string {
  const indent = group === null ? "" : "  ";
  return [...processes.flatMap((one) => [line(one, indent), ...history(one)]), "", ""].join("\n");
}

function line({ name, pid, state }: ProcessStatus, indent: string): string {
  return `${indent}${name}(pid:${pid ?? ""}): ${state}`;
}

function children({ children }: ProcessStatus, indent: string): readonly string[] {
  return children.map(({ pid, state }) => `${indent}  <child(pid:${pid})>: ${state}`);
}

function history({ events }: ProcessStatus): readonly string[] {
  const lines = events.map(
    ({ event, reason, wallMs }) => `  ${event} at ${americanTime(new Date(wallMs))} - ${reason}`,
  );
  return ["event history:", ...(lines.length === 0 ? [""] : lines)];
}

function americanTime(time: Date): string {
  const two = (number: number): string => String(number).padStart(2, "0");
  const day = `${two(time.getMonth() + 1)}/${two(time.getDate())}/${time.getFullYear()}`;
  return `${day} ${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}
