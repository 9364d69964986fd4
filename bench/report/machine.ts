/** What the figures were measured on. */

import { spawnSync } from "node:child_process";
import { cpus, release, totalmem } from "node:os";

export type Machine = {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly kernel: string;
  readonly node: string;
  readonly ruby: string;
  readonly wrk: string;
};

export function thisMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 1e9),
    kernel: release(),
    node: process.versions.node,
    ruby: firstWords("ruby", "-v", 2),
    wrk: firstWords("wrk", "-v", 2),
  };
}

function firstWords(command: string, flag: string, count: number): string {
  const { stdout, stderr } = spawnSync(command, [flag], { encoding: "utf8" });
  return `${stdout ?? ""}${stderr ?? ""}`.trim().split(/\s+/).slice(0, count).join(" ");
}
