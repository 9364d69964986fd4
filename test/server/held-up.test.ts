import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { test } from "node:test";
import { ask } from "./ask.ts";
import { Load } from "./load.ts";
import { gateFile, house } from "./place.ts";

test("Nobody waits for long behind a request that turns out slow, however fast the others are", async (t) => {
  const server = await house(t, "deeds", ["-w1", "-t3"]);
  for (let round = 0; round < 10; round++) {
    const load = new Load(t, server, "/", 16);
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

test("Nobody waits behind a stream, however fast the app was before", async (t) => {
  const server = await house(t, "bodies", ["-w1", "-t3"]);
  for (let round = 0; round < 5; round++) {
    const load = new Load(t, server, "/", 16);
    await load.more(1_000);
    const deaf = await Promise.all([1, 2].map(() => deafClient(server.port)));
    await load.more(200);
    assert.deepEqual((await load.stop()).failures, []);
    for (const socket of deaf) socket.destroy();
  }
});

/** A client that asks for a stream without end, and then reads nothing. */
async function deafClient(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1").pause();
  socket.on("error", () => {});
  await once(socket, "connect");
  socket.write("GET /endless HTTP/1.1\r\nHost: localhost\r\n\r\n");
  return socket;
}
