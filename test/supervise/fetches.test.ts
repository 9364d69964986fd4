import assert from "node:assert/strict";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { fetches } from "../../src/supervise/checks/fetches.ts";

const UP = { source: "up", flags: "u" };

/** A server on a port of its own; resolves with its URL. */
async function serving(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise((listening) => server.once("listening", listening));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

function check(url: string) {
  const timeouts = { openTimeoutMs: 300, readTimeoutMs: 300 };
  return { type: "http", url, status: "2", pattern: UP, ...timeouts } as const;
}

test("fetches() finds the pattern in a body that comes in pieces", async (t) => {
  const url = await serving(t, (_, response) => {
    response.write("u");
    response.end("p");
  });
  assert.deepEqual(await fetches(check(url)), { text: "200", isGood: true });
});

test("fetches() waits for no body that trickles in for ever", async (t) => {
  const url = await serving(t, (_, response) => {
    const trickle = setInterval(() => response.write("."), 20);
    response.on("close", () => clearInterval(trickle));
  });
  assert.deepEqual(await fetches(check(url)), { text: "not all of it in 900 ms", isGood: false });
});
