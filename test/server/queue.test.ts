import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { test } from "node:test";
import { until } from "../harness/processes.ts";
import { ask } from "./ask.ts";
import { Load } from "./load.ts";
import { gateFile, type Housed, house } from "./place.ts";

test("Nobody waits for long behind a request that turns out slow, however fast the others are", async (t) => {
  const server = await house(t, "deeds", ["-w1", "-t3"]);
  for (let round = 0; round < 10; round++) {
    const load = new Load(server, "/", 16);
    t.after(() => load.stop());
    await load.more(1_000);
    const gate = gateFile(server, `${round}`);
    const slow = ask(server, `/gate?${gate}`);
    await server.waitForLine(new RegExp(`at the gate ${gate}`));
    // Every client gets its last answer, while the gate is still shut.
    assert.deepEqual((await load.stop()).failures, []);
    await writeFile(gate, "");
    assert.equal((await slow).text, "through");
  }
});

test("Requests wait in the order of their arrival, and a full queue says so", async (t) => {
  const server = await house(t, "deeds", ["-w1", "-t1", "--max-queue", "2"]);
  const slow = ask(server, `/gate?${gateFile(server, "a")}`);
  await server.waitForLine(/at the gate/);
  const order: number[] = [];
  const waiting = [1, 2].map((n) => ask(server, `/say?${n}`).then(() => order.push(n)));
  const refused = await ask(server, "/pid");
  assert.equal(refused.status, 503);
  assert.match(String(refused.headers["retry-after"]), /^\d+$/);
  await writeFile(gateFile(server, "a"), "");
  assert.equal((await slow).text, "through");
  await Promise.all(waiting);
  assert.deepEqual(order, [1, 2]);
});

test("A request whose client leaves while it waits never reaches the app", async (t) => {
  const server = await house(t, "deeds", ["-w1", "-t1"]);
  const slow = ask(server, `/gate?${gateFile(server, "a")}`);
  await server.waitForLine(/at the gate/);
  const gone = connect(server.port, "127.0.0.1");
  await once(gone, "connect");
  gone.write("GET /say?gone HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await frontHasTurned(server);
  const stays = ask(server, "/say?stays");
  gone.resetAndDestroy();
  await frontHasTurned(server);
  await writeFile(gateFile(server, "a"), "");
  await Promise.all([slow, stays]);
  await until(
    async () => server.stdout().includes("told stays"),
    5_000,
    async () => server.stdout(),
  );
  assert.doesNotMatch(server.stdout(), /told gone/);
});

/** What the front answers by itself shows that it has seen what came before. */
async function frontHasTurned(server: Housed): Promise<void> {
  for (let n = 0; n < 2; n++) {
    const { status } = await ask(server, "/", { headers: { expect: "miracles" } });
    assert.equal(status, 417);
  }
}
