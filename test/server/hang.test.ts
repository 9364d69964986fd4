import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { test } from "node:test";
import { until } from "../harness/processes.ts";
import { ask } from "./ask.ts";
import { Load } from "./load.ts";
import { gateFile, house } from "./place.ts";

test("Watch gives 504 to what hangs, says where, and lets the other threads finish", async (t) => {
  const server = await house(t, "deeds", ["-w1", "-t2", "--worker-timeout", "2s"]);
  const { text: pid } = await ask(server, "/pid");
  const hung = ask(server, "/sleep?a");
  await server.waitForLine(/hanging at a/);
  // Asked when the other has less than a second left: it is within its time when the worker is given up.
  const startedAtMs = performance.now();
  await until(
    () => performance.now() - startedAtMs > 1_200,
    20_000,
    () => "time stands still",
  );
  const kept = ask(server, `/gate?${gateFile(server, "b")}`);
  await server.waitForLine(/at the gate/);
  assert.equal((await hung).status, 504);
  await server.waitForLine(/has been at GET \/sleep\?a for 2/);
  await server.waitForLine(/deeds\.ru:\d+:in `hang_here'/);
  await server.waitForLine(/is replaced: it did not answer in time/);
  assert.notEqual((await ask(server, "/pid")).text, pid);
  await writeFile(gateFile(server, "b"), "");
  assert.equal((await kept).text, "through");
  assert.equal((await server.stop()).code, 0);
});

test("Watch kills a worker that is stuck in C and cannot even say where", async (t) => {
  const server = await house(t, "deeds", ["-w1", "-t2", "--worker-timeout", "500ms"]);
  const { text: pid } = await ask(server, "/pid");
  assert.equal((await ask(server, "/stuck-in-c")).status, 504);
  await server.waitForLine(/has been at GET \/stuck-in-c for/);
  await server.waitForLine(/is gone \(SIGKILL\)/);
  assert.notEqual((await ask(server, "/pid")).text, pid);
  assert.equal((await server.stop()).code, 0);
});

test("A request that hangs takes nobody with it that was given to the same slot", async (t) => {
  const server = await house(t, "deeds", ["-w1", "-t1", "--worker-timeout", "1s"]);
  const load = new Load(t, server, "/", 16);
  // A fast app is given requests ahead of time: some of them wait behind the one that hangs.
  await load.more(2_000);
  assert.equal((await ask(server, "/sleep?a")).status, 504);
  await load.more(200);
  assert.deepEqual((await load.stop()).failures, []);
});
