import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { RawClient } from "../harness/http.ts";
import { until } from "../harness/processes.ts";
import { ask } from "./ask.ts";
import { inhabitants, residentBytes } from "./inhabitants.ts";
import { Load } from "./load.ts";
import { gateFile, type Housed, house } from "./place.ts";

const KB = 1024;

/** The bodies that wait in the server's own folder, beside its sockets. */
async function files(server: Housed): Promise<readonly string[]> {
  const [inner = ""] = (await server.leftovers()).filter((name) => !name.startsWith("gate-"));
  return (await readdir(join(server.folder, inner))).filter((name) => !name.endsWith(".sock"));
}

function sha(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

test("Uploads of every size arrive whole, and their files go", async (t) => {
  const server = await house(t, "bodies", ["-w2", "-t2"]);
  for (const size of [0, 1, 112 * KB, 112 * KB + 1, 50_000_000]) {
    const body = randomBytes(size);
    const { text } = await ask(server, "/digest", {
      method: "POST",
      headers: { "content-length": String(size) },
      body,
    });
    const kind = size === 0 ? "Gossamer::EmptyInput" : size > 112 * KB ? "File" : "StringIO";
    assert.equal(text, `${size} ${sha(body)} ${kind}`);
  }
  assert.deepEqual(await files(server), []);
});

test("A chunked upload with trailers arrives whole", async (t) => {
  const server = await house(t, "bodies", ["-w1", "-t1"]);
  const body = randomBytes(300_000);
  const client = await RawClient.open(t, { port: server.port });
  client.send(
    "POST /digest HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTrailer: x-sum\r\n\r\n",
  );
  for (let at = 0; at < body.length; at += 7_919) {
    const piece = body.subarray(at, at + 7_919);
    client.send(`${piece.length.toString(16)};ext=1\r\n`);
    client.send(piece);
    client.send("\r\n");
  }
  client.send("0\r\nx-sum: 1\r\n\r\n");
  assert.equal((await client.read()).text, `300000 ${sha(body)} File`);
  client.get("/");
  assert.equal((await client.read()).text, "hello");
});

test("A hundred uploads at once arrive whole", async (t) => {
  const server = await house(t, "bodies", ["-w2", "-t3"]);
  const sizes = Array.from({ length: 100 }, (_, at) => 60_000 + at * 3_000);
  const bodies = sizes.map((size) => randomBytes(size));
  const answers = await Promise.all(
    bodies.map((body) => ask(server, "/digest", { method: "POST", body })),
  );
  assert.deepEqual(
    answers.map(({ text }) => text.split(" ")[1]),
    bodies.map(sha),
  );
  assert.deepEqual(await files(server), []);
});

test("A slow upload occupies no worker, and its file goes when its client does", async (t) => {
  const server = await house(t, "bodies", ["-w1", "-t1"]);
  const clients = await Promise.all(
    Array.from({ length: 20 }, () => RawClient.open(t, { port: server.port })),
  );
  for (const client of clients) {
    client.send("POST /digest HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n");
    client.send(Buffer.alloc(200_000));
  }
  await until(
    async () => (await files(server)).length === 20,
    20_000,
    async () => `${await files(server)}`,
  );
  const load = new Load(t, server, "/", 2);
  await load.more(200);
  assert.deepEqual((await load.stop()).failures, []);
  for (const client of clients) client.socket.destroy();
  await until(
    async () => (await files(server)).length === 0,
    20_000,
    async () => `${await files(server)}`,
  );
});

test("An app that does not want the upload answers early, and the client can tell", async (t) => {
  const server = await house(t, "bodies", ["-w1", "-t1", "--stream-uploads"]);
  const client = await RawClient.open(t, { port: server.port });
  client.send("POST /early HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\nsome");
  const answer = await client.read();
  assert.deepEqual([answer.text, answer.field("connection")], ["not wanted", "close"]);
  assert.equal((await client.rest()).length, 0);
  assert.equal((await ask(server, "/")).text, "hello");
});

test("--stream-uploads gives the app the first bytes before the last are sent, and holds the rest back", async (t) => {
  const server = await house(t, "bodies", ["-w1", "-t1", "--stream-uploads"]);
  const [worker = 0] = (await inhabitants(server.pid)).workers;
  const gate = gateFile(server, "a");
  const body = randomBytes(50_000_000);
  const client = await RawClient.open(t, { port: server.port });
  const before = [await residentBytes(server.pid), await residentBytes(worker)];
  client.send(`POST /crawl?${gate} HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n`);
  client.send(body.subarray(0, 5));
  await server.waitForLine(/^first "/m);
  client.send(body.subarray(5));
  // The kernel and our bounds take some of it; then nothing moves until the app reads on.
  let last = -1;
  await until(
    () => {
      const stands = client.socket.bytesWritten - client.socket.writableLength === last;
      last = client.socket.bytesWritten - client.socket.writableLength;
      return stands;
    },
    20_000,
    () => "it is still being sent",
  );
  const after = [await residentBytes(server.pid), await residentBytes(worker)];
  for (const [at, bytes] of after.entries()) {
    assert.ok(bytes - (before[at] ?? 0) < 20_000_000, `${before} became ${after}`);
  }
  assert.deepEqual(await files(server), []);
  await writeFile(gate, "");
  assert.match(
    (await client.read()).text,
    new RegExp(`^${body.length - 5} ${sha(body.subarray(5))} `),
  );
});

test("--stream-uploads tells the app when the client goes in the middle", async (t) => {
  const server = await house(t, "bodies", ["-w1", "-t1", "--stream-uploads"]);
  const client = await RawClient.open(t, { port: server.port });
  client.send("POST /pieces HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n");
  client.send(Buffer.alloc(1024));
  await server.waitForLine(/piece of 1024/);
  client.socket.destroy();
  await server.waitForLine(/pieces saw Gossamer::(BodyLost|ClientGone)/);
  await server.waitForLine(/pieces closed/);
  assert.equal((await ask(server, "/")).text, "hello");
  assert.equal(server.stderr().match(/pieces closed/g)?.length, 1);
});

test("--stream-uploads does not take a slow client for a hanging app", async (t) => {
  const server = await house(t, "bodies", [
    "-w1",
    "-t2",
    "--stream-uploads",
    "--worker-timeout",
    "500ms",
  ]);
  const client = await RawClient.open(t, { port: server.port });
  client.send("POST /digest HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n");
  const startedAtMs = performance.now();
  for (let sent = 0; sent < 10; sent++) {
    await until(
      () => performance.now() - startedAtMs > sent * 150,
      20_000,
      () => "time stands still",
    );
    client.send("x");
  }
  assert.match((await client.read()).text, /^10 /);
});
