import assert from "node:assert/strict";
import { test } from "node:test";
import { startChild } from "../../src/unix/index.ts";
import { descendants, isAlive, until, untilGone } from "./processes.ts";

test("descendants() finds children and grandchildren, and untilGone() sees them go", async (t) => {
  const child = startChild("sh", ["-c", "sh -c 'sleep 300; :' & wait"], { stdio: "ignore" });
  const pid = child.pid ?? 0;
  t.after(() => child.kill("SIGKILL"));
  await until(
    async () => (await descendants(pid)).length === 2,
    5_000,
    async () => `descendants: ${await descendants(pid)}`,
  );
  const below = await descendants(pid);
  assert.equal(await isAlive(below[1] ?? 0), true);
  child.kill("SIGKILL");
  for (const one of below) process.kill(one, "SIGKILL");
  await untilGone([pid, ...below]);
  await child.exited;
  await assert.rejects(untilGone([process.pid], 50), /still there/);
});
