import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { busyTicks, othersPercent } from "../../bench/processes/machine-load.ts";
import { signalTree } from "../../bench/processes/started.ts";
import { parseStat, pssBytesOf, treeOf, withDescendants } from "../../bench/processes/tree.ts";
import { until } from "../harness/processes.ts";

test("parseStat survives a process name with blanks and parentheses", () => {
  const line = "42 (a b) c) S 7 42 41 0 -1 4194560 1 2 3 4 150 50 9 9 20 0 1 0 100 0 0";
  assert.deepEqual(parseStat(line), { pid: 42, parent: 7, session: 41, state: "S", ticks: 218 });
});

test("withDescendants finds workers that left the session and orphans and zombies that stayed in it", () => {
  const one = (pid: number, parent: number, session: number, state = "S") => ({
    ...{ pid, parent, session, state },
    ticks: 0,
  });
  const processes = [
    ...[one(12, 11, 12), one(11, 10, 10), one(10, 1, 10)],
    ...[one(13, 1, 10), one(14, 10, 10, "Z"), one(20, 1, 20)],
  ];
  const pids = withDescendants(10, processes).map((found) => found.pid);
  assert.deepEqual(pids, [12, 11, 10, 13, 14]);
});

test("busyTicks adds what is work and leaves out idle and waiting", () => {
  assert.equal(busyTicks("cpu  1 2 4 1000 1000 8 16 32 0 0\ncpu0 9 9 9\n"), 63);
});

test("othersPercent is what neither the server nor the harness used", () => {
  const before = { atMs: 0, busyTicks: 0, ownTicks: 0, serverTicks: 0 };
  const ours = { atMs: 1_000, busyTicks: 150, ownTicks: 50, serverTicks: 100 };
  assert.equal(othersPercent(before, ours), 0);
  assert.ok(othersPercent(before, { ...ours, serverTicks: 50 }) > 0);
});

test("signalTree ends a leader and its children, and treeOf sees them until then", async (t) => {
  const leader = spawn("sh", ["-c", "sleep 600 & echo up; wait"], {
    detached: true,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const pid = leader.pid ?? 0;
  t.after(() => signalTree(pid, "SIGKILL"));
  await once(leader.stdout, "data");
  assert.equal(treeOf(pid).length, 2);
  assert.ok(pssBytesOf(pid) > 0);
  signalTree(pid, "SIGKILL");
  // The child is not ours to wait for.
  await until(
    () => treeOf(pid).length === 0,
    20_000,
    () => `still there: ${JSON.stringify(treeOf(pid))}`,
  );
});
