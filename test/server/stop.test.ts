import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { type TestContext, test } from "node:test";
import { RawClient } from "../harness/http.ts";
import { untilGone } from "../harness/processes.ts";
import { ask } from "./ask.ts";
import { Load } from "./load.ts";
import { gateFile, type Housed, house } from "./place.ts";

async function client(t: TestContext, { port }: Housed): Promise<RawClient> {
  return await RawClient.open(t, { port });
}

/** It has ended with `code`, and nothing is left of it. */
async function ended(server: Housed, all: readonly number[], code = 0): Promise<void> {
  assert.equal((await server.exited).code, code);
  await untilGone(all);
  assert.deepEqual(
    (await server.leftovers()).filter((name) => !name.startsWith("gate-")),
    [],
  );
}

for (const signal of ["SIGTERM", "SIGQUIT"] as const) {
  test(`${signal} under load loses no request that was accepted`, async (t) => {
    const server = await house(t, "deeds", ["-w2", "-t2"]);
    const all = await server.children();
    const load = new Load(t, server, "/", 16);
    await load.more(400);
    server.signal(signal);
    await load.until(({ failures }) => failures.length > 0);
    const { failures } = await load.stop();
    // Refused is what a new connection is to be, or a kept one that was idle: it asked after we had hung up.
    const lost = failures.filter((one) => !/ECONNREFUSED|socket hang up|ECONNRESET/.test(one));
    assert.deepEqual(lost, []);
    await ended(server, all);
    assert.doesNotMatch(server.stdout(), /Worker \d.* is gone \(SIG/);
  });

  test(`${signal} lets what is under way finish, and takes nothing new`, async (t) => {
    const server = await house(t, "deeds", ["-w2", "-t2"]);
    const all = await server.children();
    const idle = await client(t, server);
    idle.get("/");
    assert.equal((await idle.read()).text, "hello");
    const half = await client(t, server);
    half.send("GET / HTTP/1.1\r\nHost: x\r\n");
    const gates = ["a", "b"].map((name) => gateFile(server, name));
    const waiting = await Promise.all(gates.map(() => client(t, server)));
    for (const [at, gate] of gates.entries()) {
      waiting[at]?.get(`/gate?${gate}`);
      await server.waitForLine(new RegExp(`at the gate ${gate}`));
    }
    server.signal(signal);
    assert.equal((await idle.rest()).length, 0);
    await assert.rejects(ask(server, "/"), /ECONNREFUSED/);
    half.send("\r\n");
    const last = await half.read();
    assert.deepEqual([last.text, last.field("connection")], ["hello", "close"]);
    for (const gate of gates) await writeFile(gate, "");
    for (const one of waiting) assert.equal((await one.read()).text, "through");
    await ended(server, all);
  });
}

test("TERM is hard at its deadline, for all together", async (t) => {
  const server = await house(t, "deeds", ["-w1", "-t3", "--timeout", "1s"]);
  const all = await server.children();
  const stuck = await client(t, server);
  stuck.get("/sleep?a");
  const inC = await client(t, server);
  await server.waitForLine(/hanging at a/);
  inC.get("/stuck-in-c");
  await server.waitForLine(/stuck in C/);
  const startedAtMs = performance.now();
  server.signal("SIGTERM");
  assert.equal((await stuck.rest()).length, 0);
  await ended(server, all);
  const tookMs = performance.now() - startedAtMs;
  assert.ok(tookMs >= 1_000 && tookMs < 4_000, `${tookMs} ms`);
});

test("INT ends at once, and a second signal ends what the first waits for", async (t) => {
  for (const signals of [["SIGINT"], ["SIGTERM", "SIGTERM"], ["SIGQUIT", "SIGINT"]] as const) {
    const server = await house(t, "deeds", ["-w1", "-t2"]);
    const all = await server.children();
    const stuck = await client(t, server);
    stuck.get("/sleep?a");
    await server.waitForLine(/hanging at a/);
    const [first, ...others] = signals;
    server.signal(first);
    await server.waitForLine(/Stopping/);
    for (const signal of others) server.signal(signal);
    assert.equal((await stuck.rest()).length, 0);
    await ended(server, all);
    assert.equal(server.stdout().match(/Stopped after/g)?.length, 1);
  }
});

test("A third signal abandons everything, and still nothing stays", async (t) => {
  const server = await house(t, "deeds", ["-w1", "-t1"]);
  const all = await server.children();
  const stuck = await client(t, server);
  stuck.get("/stuck-in-c");
  await server.waitForLine(/stuck in C/);
  server.signal("SIGTERM");
  server.signal("SIGQUIT");
  server.signal("SIGINT");
  await server.exited;
  await untilGone(all);
});

test("Workers leave signals to the front, as service managers send them to all", async (t) => {
  const server = await house(t, "deeds", ["-w2", "-t1"]);
  const all = await server.children();
  const gate = gateFile(server, "a");
  const waiting = await client(t, server);
  waiting.get(`/gate?${gate}`);
  await server.waitForLine(/at the gate/);
  for (const signal of ["SIGHUP", "SIGUSR1", "SIGUSR2", "SIGTTIN", "SIGTERM", "SIGQUIT"] as const) {
    for (const pid of all) process.kill(pid, signal);
  }
  server.signal("SIGTERM");
  await server.waitForLine(/Stopping: 1 connection/);
  await writeFile(gate, "");
  assert.equal((await waiting.read()).text, "through");
  await ended(server, all);
});

test("at_exit of the app runs when a worker is let go", async (t) => {
  const server = await house(t, "versioned", ["-w2", "-t2"]);
  assert.equal((await server.stop()).code, 0);
  assert.equal(server.stderr().match(/at_exit ran/g)?.length, 2);
});
