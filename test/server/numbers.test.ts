import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { RawClient } from "../harness/http.ts";
import { serve } from "../harness/server.ts";
import { ask } from "./ask.ts";
import { appPath, ownFolder } from "./place.ts";

/** Bodies that differ in every byte: where they begin, how many numbers there are, and in pieces of how many bytes. */
const BODIES: readonly (readonly [first: number, count: number, pieceBytes: number])[] = [
  [1_000_000, 5_000, 0],
  [2_000_000, 200_000, 0],
  [3_000_000, 200_000, 16_384],
  [4_000_000, 200_000, 70_000],
  [5_000_000, 3_000_000, 262_144],
  [9_000_000, 200_000, 1_000],
];

function numbers(first: number, count: number): Buffer {
  const bytes = Buffer.alloc(4 * count);
  for (let at = 0; at < count; at += 1) bytes.writeUInt32BE(first + at, 4 * at);
  return bytes;
}

/** Asks, and reads nothing until it is resumed. */
async function slowClient(t: TestContext, path: string, requests: string): Promise<RawClient> {
  const client = await RawClient.open(t, { path });
  client.socket.pause();
  client.send(requests);
  return client;
}

function get(target: string): string {
  return `GET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`;
}

test("Clients get their own bytes, in order, however slowly they read and whoever is served meanwhile", async (t) => {
  const folder = await ownFolder(t);
  const path = join(folder, "s");
  const gate = join(folder, "gate");
  // One more thread than there are bodies that hold theirs: those longer than what may wait for a client.
  const server = await serve(t, { app: appPath("bodies"), args: ["-w1", "-t3", "-S", path] });
  const slow: RawClient[] = [];
  for (const body of BODIES) slow.push(await slowClient(t, path, get(`/numbers?${body}`)));
  // This one's second answer is there before its first.
  const early = [8_000_000, 200_000, 70_000] as const;
  const held = await slowClient(t, path, get(`/gate?${gate}`) + get(`/numbers?${early}`));
  for (let round = 0; round < 3; round += 1) {
    for (const [first, count, pieceBytes] of BODIES.slice(0, 4)) {
      const { text } = await ask(server, `/numbers?${[first + 1, count, pieceBytes]}`);
      assert.ok(text.length > 0);
    }
  }
  await writeFile(gate, "");
  for (const [at, [first, count]] of BODIES.entries()) {
    slow[at]?.socket.resume();
    const { body } = (await slow[at]?.read()) ?? {};
    assert.ok(body?.equals(numbers(first, count)), `the body from ${first} on`);
  }
  held.socket.resume();
  assert.equal((await held.read()).text, "open");
  assert.ok((await held.read()).body.equals(numbers(early[0], early[1])), "the pipelined one");
  assert.equal((await server.stop()).code, 0);
});
