import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { type TestContext, test } from "node:test";
import { RawClient } from "../harness/http.ts";
import { until, untilGone } from "../harness/processes.ts";
import { ask } from "./ask.ts";
import { inhabitants, openFiles } from "./inhabitants.ts";
import { Load } from "./load.ts";
import { type Housed, house } from "./place.ts";

/** A connection that the app has taken over, behind its 101. */
async function tunnel(t: TestContext, { port }: Housed, path: string): Promise<RawClient> {
  const client = await RawClient.open(t, { port });
  client.send(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n`);
  const head = (await client.until(Buffer.from("\r\n\r\n"))).toString();
  assert.match(head, /^HTTP\/1\.1 101 Switching Protocols\r\n/);
  assert.match(head, /upgrade: echo/i);
  return client;
}

for (const path of ["/full", "/partial"]) {
  test(`A tunnel by ${path} hijack echoes, and each side's end is the other's`, async (t) => {
    const server = await house(t, "tunnels", ["-w1", "-t1"]);
    const client = await tunnel(t, server, `${path}?a`);
    const bytes = randomBytes(1_000_000);
    client.send(bytes);
    assert.ok((await client.bytes(bytes.length)).equals(bytes));
    client.socket.end();
    assert.equal((await client.rest()).toString(), "bye");
    await server.waitForLine(/ a saw the end/);
    const cut = await tunnel(t, server, `${path}?b`);
    cut.socket.resetAndDestroy();
    await server.waitForLine(/ b saw/);
    assert.equal((await server.stop()).code, 0);
  });
}

test("A tunnel that the app ends first ends for the client, after every byte", async (t) => {
  const server = await house(t, "tunnels", ["-w1", "-t1"]);
  for (const [path, text] of [
    ["/close-first", "that is all"],
    ["/raw", "raw bytes"],
  ] as const) {
    const client = await RawClient.open(t, { port: server.port });
    client.get(path);
    assert.match((await client.rest()).toString(), new RegExp(`\\r\\n\\r\\n${text}$`));
  }
});

test("Two hundred tunnels at once leave the only slot free, and no descriptor behind", async (t) => {
  const server = await house(t, "tunnels", ["-w1", "-t1"]);
  const [worker = 0] = (await inhabitants(server.pid)).workers;
  assert.equal((await ask(server, "/")).text, "hello");
  const files = async (): Promise<number> =>
    (await openFiles(server.pid)) + (await openFiles(worker));
  const before = await files();
  const load = new Load(t, server, "/", 4);
  const clients = await Promise.all(
    Array.from({ length: 200 }, (_, at) => tunnel(t, server, `/full?${at}`)),
  );
  for (const [at, client] of clients.entries()) client.send(`I am ${at}.`);
  for (const [at, client] of clients.entries()) {
    const text = `I am ${at}.`;
    assert.equal((await client.bytes(text.length)).toString(), text);
  }
  await load.more(100);
  assert.deepEqual((await load.stop()).failures, []);
  assert.ok((await files()) >= before + 400);
  for (const client of clients) client.socket.end();
  for (const client of clients) assert.equal((await client.rest()).toString(), "bye");
  await until(
    async () => (await files()) <= before,
    20_000,
    async () => `${await files()} descriptors, ${before} before`,
  );
});

test("A tunnel under load, where a slot has several requests in hand, finds its client", async (t) => {
  const server = await house(t, "tunnels", ["-w1", "-t1"]);
  const load = new Load(t, server, "/", 16);
  await load.more(1_000);
  for (let count = 0; count < 50; count++) {
    const client = await tunnel(t, server, `/full?${count}`);
    client.send("ping");
    assert.equal((await client.bytes(4)).toString(), "ping");
    client.socket.end();
  }
  assert.deepEqual((await load.stop()).failures, []);
});

test("A worker that dies takes its tunnels with it, and a killed front leaves none", async (t) => {
  const server = await house(t, "tunnels", ["-w1", "-t1"]);
  const held = await RawClient.open(t, { port: server.port });
  held.get("/hold");
  await server.waitForLine(/held/);
  const [worker = 0] = (await inhabitants(server.pid)).workers;
  process.kill(worker, "SIGKILL");
  assert.equal((await held.rest()).length, 0);
  await server.waitForLine(/is gone \(SIGKILL\)/);
  const again = await tunnel(t, server, "/full?z");
  const all = await server.children();
  process.kill(server.pid, "SIGKILL");
  await again.rest();
  await untilGone(all);
  assert.deepEqual(await server.leftovers(), []);
});

test("TERM ends tunnels at its deadline and not before", async (t) => {
  const server = await house(t, "tunnels", ["-w1", "-t1", "--timeout", "1s"]);
  const all = await server.children();
  const client = await tunnel(t, server, "/full?a");
  const startedAtMs = performance.now();
  server.signal("SIGTERM");
  await server.waitForLine(/Stopping: 1 connection/);
  client.send("still here");
  assert.equal((await client.bytes(10)).toString(), "still here");
  await client.rest();
  assert.ok(performance.now() - startedAtMs >= 1_000);
  assert.equal((await server.exited).code, 0);
  await untilGone(all);
});
