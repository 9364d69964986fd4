import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { type ClientRequest, request } from "node:http";
import { connect, type Socket } from "node:net";
import { test } from "node:test";
import { until } from "../harness/processes.ts";
import { ask } from "./ask.ts";
import { inhabitants, residentBytes } from "./inhabitants.ts";
import { type Housed, house } from "./place.ts";

const KIB = 1_024;
const MIB = 1_024 * KIB;

function digestOf(bytes: Uint8Array): string {
  return `${bytes.length} ${createHash("sha256").update(bytes).digest("hex")}`;
}

/** A client that asks for `path` and then reads nothing. */
async function deafClient(port: number, path: string): Promise<Socket> {
  const socket = connect(port, "127.0.0.1").pause();
  socket.on("error", () => {});
  await once(socket, "connect");
  socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  return socket;
}

/** An upload whose bytes the test sends when it likes. */
function upload(server: Housed, headers: Readonly<Record<string, string>>): ClientRequest {
  return request({
    host: "127.0.0.1",
    port: server.port,
    path: "/upload",
    method: "POST",
    headers,
    agent: false,
  });
}

async function textOf(outgoing: ClientRequest): Promise<string> {
  const [response] = await once(outgoing, "response");
  let text = "";
  for await (const piece of response.setEncoding("latin1")) text += piece;
  return text;
}

for (const flags of [[], ["--stream-uploads"]]) {
  test(`Uploads of every size arrive as they were sent (${flags[0] ?? "buffered"})`, async (t) => {
    const server = await house(t, "streams", ["-w2", "-t3", ...flags]);
    for (const size of [0, 1, 112 * KIB, 112 * KIB + 1, 50 * MIB]) {
      const body = randomBytes(size);
      const { text } = await ask(server, "/upload", { method: "POST", body });
      assert.equal(text, digestOf(body));
    }
    const bodies = Array.from({ length: 100 }, (_, n) => randomBytes(n * 5_000));
    const answers = await Promise.all(
      bodies.map((body) => ask(server, "/upload", { method: "POST", body })),
    );
    assert.deepEqual(
      answers.map(({ text }) => text),
      bodies.map(digestOf),
    );
    // The folder with the socket; no body is left in it.
    const [folder = ""] = await server.leftovers();
    assert.deepEqual(await server.leftovers(), [folder]);
    assert.equal((await server.stop()).code, 0);
    assert.deepEqual(await server.leftovers(), []);
  });
}

test("--stream-uploads shows the app the first bytes before the last are sent", async (t) => {
  const server = await house(t, "streams", ["-w1", "-t1", "--stream-uploads"]);
  const outgoing = upload(server, { "content-length": "10" });
  outgoing.write("first");
  await server.waitForLine(/first byte/);
  outgoing.end(" last");
  assert.equal(await textOf(outgoing), digestOf(Buffer.from("first last")));
});

test("A slow upload keeps no worker from its work", async (t) => {
  const server = await house(t, "streams", ["-w1", "-t1"]);
  const slow = Array.from({ length: 50 }, () => upload(server, { "content-length": "2" }));
  const connected = slow.map((outgoing) => once(outgoing, "socket"));
  for (const outgoing of slow) outgoing.write("x");
  await Promise.all(connected);
  for (let n = 0; n < 20; n++) assert.equal((await ask(server, "/")).text, "hello");
  const texts = slow.map((outgoing) => textOf(outgoing));
  for (const outgoing of slow) outgoing.end("y");
  for (const text of await Promise.all(texts)) assert.equal(text, digestOf(Buffer.from("xy")));
});

test("An upload that is refused before its end gets its answer", async (t) => {
  const server = await house(t, "streams", ["-w1", "-t1", "--max-body", "1k"]);
  const { status } = await ask(server, "/upload", { method: "POST", body: randomBytes(2 * MIB) });
  assert.equal(status, 413);
  assert.equal((await ask(server, "/")).text, "hello");
});

test("Clients that read nothing do not stop the others, and cost bounded memory", async (t) => {
  const server = await house(t, "streams", ["-w2", "-t5"]);
  const before = await residentBytes(server.pid);
  const deaf = await Promise.all(
    Array.from({ length: 8 }, () => deafClient(server.port, "/endless")),
  );
  t.after(() => {
    for (const socket of deaf) socket.destroy();
  });
  for (let n = 0; n < 200; n++) assert.equal((await ask(server, "/")).text, "hello");
  const grownMib = ((await residentBytes(server.pid)) - before) / MIB;
  assert.ok(grownMib < 100, `the front has grown by ${grownMib} MiB`);
});

test("A body whose client has left sees an error, and is closed once", async (t) => {
  const server = await house(t, "streams", ["-w1", "-t1"]);
  for (let n = 1; n <= 3; n++) {
    const socket = await deafClient(server.port, "/endless");
    await once(socket.resume(), "data");
    socket.destroy();
    const closed = (): number => server.stderr().split("the body is closed").length - 1;
    await until(
      async () => closed() >= n,
      10_000,
      async () => `closed ${closed()} times`,
    );
    assert.equal((await ask(server, "/")).text, "hello");
    assert.equal(closed(), n);
    assert.equal(server.stderr().split("the body saw").length - 1, n);
  }
});

test("An exception in the middle of a body cuts the connection", async (t) => {
  const server = await house(t, "streams", ["-w1", "-t1"]);
  await assert.rejects(ask(server, "/break"), /aborted|ECONNRESET|socket hang up/);
  await server.waitForLine(/GET \/break failed in the middle of its body: in the middle/);
});

test("200 hijacked connections echo at once, and the slots stay free", async (t) => {
  const server = await house(t, "streams", ["-w2", "-t1"]);
  const echoes = await Promise.all(
    Array.from({ length: 200 }, async (_, n) => {
      const socket = connect(server.port, "127.0.0.1");
      let text = "";
      socket.setEncoding("latin1").on("data", (piece: string) => {
        text += piece;
      });
      socket.write("GET /echo HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n");
      while (!text.includes("\r\n\r\n")) await once(socket, "data");
      socket.write(`line ${n}\n`);
      while (!text.includes(`line ${n}\n`)) await once(socket, "data");
      return socket;
    }),
  );
  for (let n = 0; n < 20; n++) assert.equal((await ask(server, "/")).text, "hello");
  const ended = echoes.map((socket) => once(socket, "close"));
  for (const socket of echoes) socket.end();
  await Promise.all(ended);
  const { workers } = await inhabitants(server.pid);
  assert.equal(workers.length, 2);
});

test("A partial hijack sends the head and leaves the rest to the app", async (t) => {
  const server = await house(t, "streams", ["-w1", "-t1"]);
  const socket = connect(server.port, "127.0.0.1");
  socket.write("GET /partial HTTP/1.1\r\nHost: a\r\n\r\n");
  let text = "";
  for await (const piece of socket.setEncoding("latin1")) text += piece;
  assert.match(text, /^HTTP\/1\.1 200 OK\r\n(?:.+\r\n)*\r\nhello from the other side\n$/);
  assert.equal((await ask(server, "/")).text, "hello");
});

test("Nobody waits behind a stream, however fast the app was before", async (t) => {
  const server = await house(t, "streams", ["-w1", "-t3"]);
  for (let round = 0; round < 5; round++) {
    // So fast that many requests are handed out at a time.
    for (let n = 0; n < 40; n++)
      await Promise.all(Array.from({ length: 25 }, () => ask(server, "/")));
    const deaf = await Promise.all([1, 2].map(() => deafClient(server.port, "/endless")));
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask(server, "/")));
    assert.deepEqual([...new Set(answers.map(({ text }) => text))], ["hello"]);
    for (const socket of deaf) socket.destroy();
  }
});
