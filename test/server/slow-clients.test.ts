import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { RawClient } from "../harness/http.ts";
import { until } from "../harness/processes.ts";
import { serve } from "../harness/server.ts";
import { ask } from "./ask.ts";
import { residentBytes } from "./inhabitants.ts";
import { Load } from "./load.ts";
import { appPath, type Housed, house, ownFolder } from "./place.ts";

const MB = 1024 * 1024;

/** Asks, and reads nothing of the answer until it is resumed. */
async function reader(t: TestContext, { port }: Housed, path: string): Promise<RawClient> {
  const client = await RawClient.open(t, { port });
  client.socket.pause();
  client.get(path);
  return client;
}

test("Answers up to the bound free their worker, however slow the reader", async (t) => {
  const server = await house(t, "bodies", ["-w1", "-t1"]);
  const before = await residentBytes(server.pid);
  const slow = await Promise.all(
    Array.from({ length: 20 }, () => reader(t, server, `/array?${MB}`)),
  );
  const load = new Load(t, server, "/", 4);
  await load.more(500);
  assert.deepEqual((await load.stop()).failures, []);
  assert.ok((await residentBytes(server.pid)) - before < 100 * MB);
  for (const client of slow) {
    client.socket.resume();
    assert.equal((await client.read()).body.length, MB);
  }
});

test("Large answers to slow readers keep the front small, and the readers get every byte", async (t) => {
  const server = await house(t, "bodies", ["-w2", "-t12"]);
  const before = await residentBytes(server.pid);
  const slow = await Promise.all(
    Array.from({ length: 20 }, (_, at) =>
      reader(t, server, at % 2 === 0 ? `/array?${20 * MB}` : `/stream?${200 * MB}`),
    ),
  );
  const load = new Load(t, server, "/", 4);
  await load.more(1_000);
  assert.deepEqual((await load.stop()).failures, []);
  const grown = (await residentBytes(server.pid)) - before;
  assert.ok(grown < 150 * MB, `the front has grown by ${grown / MB} MB`);
  for (const [at, client] of slow.slice(0, 2).entries()) {
    client.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    const { bytes, tail } = await client.count();
    assert.ok(bytes > (at === 0 ? 20 : 200) * MB, `${bytes} bytes, at the end ${tail}`);
    assert.match(tail, /connection: close[\s\S]*hello$/);
  }
});

test("Answers that nobody takes are bounded in all, however many are asked for, and then the workers wait", async (t) => {
  const path = join(await ownFolder(t), "s");
  const server = await serve(t, { app: appPath("bodies"), args: ["-w1", "-t1", "-S", path] });
  const before = await residentBytes(server.pid);
  const slow: RawClient[] = [];
  for (let count = 0; count < 40; count += 1) {
    const client = await RawClient.open(t, { path });
    client.socket.pause();
    const request = `GET /array?${MB} HTTP/1.1\r\nHost: x\r\n`;
    for (let more = 0; more < 11; more += 1) client.send(`${request}\r\n`);
    client.send(`${request}Connection: close\r\n\r\n`);
    slow.push(client);
  }
  const grown = async (): Promise<number> => (await residentBytes(server.pid)) - before;
  await until(
    async () => (await grown()) > 240 * MB,
    60_000,
    async () => `it has grown by ${(await grown()) / MB} MB`,
  );
  const answer = ask(server, "/");
  // It waits for its turn: whoever takes what is theirs makes room for it.
  for (const client of slow) {
    assert.ok((await grown()) < 360 * MB, `it has grown by ${(await grown()) / MB} MB`);
    assert.ok((await client.count()).bytes > 12 * MB);
  }
  assert.equal((await answer).text, "hello");
  assert.equal((await server.stop()).code, 0);
});

test("A slow reader gets the whole of an answer after which the connection ends", async (t) => {
  const path = join(await ownFolder(t), "s");
  const server = await serve(t, { app: appPath("bodies"), args: ["-w1", "-t1", "-S", path] });
  const client = await RawClient.open(t, { path });
  client.socket.pause();
  client.send(`GET /stream?${MB} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  await server.waitForLine(/stream \d+ closed/);
  assert.equal((await ask(server, "/")).text, "hello");
  client.socket.resume();
  const { body } = await client.read();
  assert.equal(body.length, MB);
});

test("A client that goes in the middle of a stream is told to the app, and the body closed once", async (t) => {
  const server = await house(t, "bodies", ["-w1", "-t1"]);
  const reading = await RawClient.open(t, { port: server.port });
  reading.get("/endless?a");
  await reading.until(Buffer.from("tick"));
  reading.socket.destroy();
  await server.waitForLine(/endless a saw Gossamer::ClientGone/);
  await server.waitForLine(/endless a closed/);
  const full = await reader(t, server, `/stream?${200 * MB}`);
  await until(
    () => full.socket.readableLength > 0 || full.socket.bytesRead > 0,
    20_000,
    () => "nothing comes",
  );
  full.socket.destroy();
  await server.waitForLine(/stream \d+ saw Gossamer::ClientGone/);
  assert.equal((await ask(server, "/")).text, "hello");
  assert.equal(server.stderr().match(/endless a closed/g)?.length, 1);
  assert.equal(server.stderr().match(/stream \d+ closed/g)?.length, 1);
});

test("TERM lets a stream go on until its deadline, then the app sees its end", async (t) => {
  const server = await house(t, "bodies", ["-w1", "-t1", "--timeout", "1s"]);
  const reading = await RawClient.open(t, { port: server.port });
  reading.get("/endless?a");
  await reading.until(Buffer.from("tick"));
  server.signal("SIGTERM");
  await server.waitForLine(/Stopping: 1 connection/);
  await reading.until(Buffer.from("tick"));
  await reading.rest();
  await server.waitForLine(/endless a closed/);
  assert.equal((await server.exited).code, 0);
});

test("Heads that trickle in occupy no worker", async (t) => {
  const server = await house(t, "bodies", ["-w1", "-t1"]);
  const clients = await Promise.all(
    Array.from({ length: 300 }, () => RawClient.open(t, { port: server.port })),
  );
  for (const client of clients) client.send("GET / HTTP/1.1\r\nHo");
  const load = new Load(t, server, "/", 4);
  await load.more(300);
  for (const client of clients) client.send("st: x\r\n\r\n");
  for (const client of clients) assert.equal((await client.read()).text, "hello");
  assert.deepEqual((await load.stop()).failures, []);
});
