import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";
import { HTTP_DEFAULTS } from "../../src/http/index.ts";
import type { Handler } from "../../src/message/index.ts";
import { Relay } from "../harness/relay.ts";
import { eventually, get, type Stage, stage, turn } from "./harness.ts";

const OK = { status: 200, lines: "", holds: 0 };
const hello: Handler = (_, reply) => reply.respond(OK, "hello");
/** No connection waits longer than this to be made again. */
const CEILING_MS = 8_000;

async function connectTo({ front }: Stage, port: number, connections = 1): Promise<void> {
  await front.listen({ kind: "swiftiply", host: "127.0.0.1", port, key: "", connections });
}

test("A connection to a proxy idles as long as it likes", async (t) => {
  const relay = await Relay.open(t);
  const made = await stage(hello);
  t.after(() => made.front.shut());
  await connectTo(made, relay.port);
  const { line } = await relay.next();
  for (let n = 0; n < 2; n++) {
    made.clock.pass(HTTP_DEFAULTS.headTimeoutMs * 10);
    await turn();
    line.send(get("/"));
    assert.equal((await line.read()).text, "hello");
  }
});

test("A proxy's client may be slow no longer than any other", async (t) => {
  const relay = await Relay.open(t);
  const made = await stage(hello);
  t.after(() => made.front.shut());
  await connectTo(made, relay.port);
  const { line } = await relay.next();
  line.send("GET / HTTP/1.1\r\n");
  await eventually(() => made.front.connectionCount === 1, "it is connected");
  await turn();
  await eventually(() => {
    made.clock.pass(HTTP_DEFAULTS.headTimeoutMs);
    return line.socket.bytesRead > 25;
  }, "it is answered");
  assert.equal((await line.read()).status, 408);
});

test("A proxy that hangs up at once is tried again, ever more rarely, but within eight seconds", async (t) => {
  let calls = 0;
  const proxy = createServer((socket) => {
    calls++;
    socket.destroy();
  }).listen(0, "127.0.0.1");
  await once(proxy, "listening");
  t.after(() => proxy.close());
  const address = proxy.address();
  const made = await stage(hello);
  t.after(() => made.front.shut());
  await connectTo(made, typeof address === "object" ? (address?.port ?? 0) : 0);
  for (let n = 1; n <= 6; n++) {
    await eventually(() => calls === n, `call ${n}`);
    await eventually(() => made.front.connectionCount === 0, "it is hung up on");
    for (let count = 0; count < 5; count++) await turn();
    made.clock.pass(CEILING_MS);
  }
});

test("Front.shut and Front.close call the proxy no more", async (t) => {
  for (const end of ["shut", "close"] as const) {
    const relay = await Relay.open(t);
    const made = await stage(hello);
    await connectTo(made, relay.port, 3);
    const lines = await relay.several(3);
    const over = end === "shut" ? made.front.shut() : made.front.close(1_000);
    await eventually(() => {
      made.clock.pass(1_000);
      for (const { line } of lines) line.socket.end();
      return relay.size === 0;
    }, "they are closed");
    await over;
    made.clock.pass(CEILING_MS * 2);
    for (let count = 0; count < 20; count++) await turn();
    assert.deepEqual([relay.size, made.front.connectionCount], [0, 0]);
  }
});
