import assert from "node:assert/strict";
import { test } from "node:test";
import { type Figures, statusTable } from "../../src/cli/bluepill-table.ts";
import type { GroupStatus, ProcessStatus } from "../../src/supervise/index.ts";

const MB = 1024 ** 2;
const FIGURES: Readonly<Record<number, Figures>> = {
  42: { ageMs: 90_061_000, residentBytes: 120 * MB, cpuPercent: 12.34 },
  43: { ageMs: 307_000, residentBytes: 9.6 * MB, cpuPercent: 0 },
  44: { ageMs: 7_000, residentBytes: 1_024 * MB, cpuPercent: undefined },
};

function status(name: string, more: Partial<ProcessStatus>): ProcessStatus {
  const none = { group: undefined, pid: undefined, children: [], events: [], said: undefined };
  return { name, state: "up", ...none, ...more };
}

test("statusTable() has a line for each process and child, with figures at the right of their columns", () => {
  const groups: readonly GroupStatus[] = [
    {
      group: "front",
      processes: [
        status("web", {
          pid: 42,
          children: [{ pid: 43, state: "up" }],
          said: { phase: "ready", status: "Listening on 127.0.0.1:3000" },
        }),
      ],
    },
    {
      group: null,
      processes: [
        status("jobs", { pid: 44, state: "starting" }),
        status("old", { state: "unmonitored" }),
        status("gone", { pid: 4_242, state: "down" }),
      ],
    },
  ];
  const table = statusTable(groups, (pid) => FIGURES[pid]);
  assert.equal(
    table,
    `PROCESS     PID  STATE            UP   MEMORY    CPU  SAYS
front:web    42  up           1d 01h   120 MB  12.3%  Listening on 127.0.0.1:3000
  child      43  up           5m 07s    10 MB   0.0%
jobs         44  starting         7s  1024 MB
old              unmonitored
gone       4242  down
`,
  );
});
