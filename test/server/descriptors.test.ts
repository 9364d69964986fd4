import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../harness/processes.ts";
import { ask } from "./ask.ts";
import { inhabitants, openFiles } from "./inhabitants.ts";
import { house } from "./place.ts";

test("Front and workers have as many descriptors open after 3,000 requests as before", async (t) => {
  const server = await house(t, "deeds", ["-w1", "-t2"]);
  const upload = { method: "POST", body: "x".repeat(200_000) };
  const round = async (count: number): Promise<void> => {
    const answers = Array.from({ length: count }, (_, index) =>
      ask(server, "/pid", index % 10 === 0 ? upload : {}),
    );
    for (const { status } of await Promise.all(answers)) assert.equal(status, 200);
  };
  await round(100);
  const { workers } = await inhabitants(server.pid);
  const pids = [server.pid, ...workers];
  const open = (): Promise<number[]> => Promise.all(pids.map(openFiles));
  const before = await open();
  for (let n = 0; n < 30; n++) await round(100);
  const isAsBefore = async (): Promise<boolean> =>
    (await open()).every((count, index) => count <= (before[index] ?? 0));
  await until(isAsBefore, 10_000, async () => `${await open()} descriptors, ${before} before`);
  assert.deepEqual(await server.leftovers().then((names) => names.length), 1);
});
