import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { test } from "node:test";
import { until } from "../harness/processes.ts";
import { ask } from "./ask.ts";
import { Load } from "./load.ts";
import { gateFile, type Housed, house } from "./place.ts";

async function atGate(server: Housed): Promise<void> {
  await server.waitForLine(/at the gate/);
}

/** Resolves with a connection that has had one answer and stays. */
async function idleConnection(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await new Promise((resolve) => socket.once("data", resolve));
  return socket;
}

for (const signal of ["SIGTERM", "SIGQUIT"] as const) {
  test(`${signal} under load: what was accepted is answered, then exit 0`, async (t) => {
    const server = await house(t, "deeds", ["-w2", "-t2"]);
    const slow = ask(server, `/gate?${gateFile(server, "a")}`);
    await atGate(server);
    const load = new Load(server, "/", 16);
    t.after(() => load.stop());
    await load.more(500);
    server.signal(signal);
    await until(
      async () => load.seen.failures.length > 0,
      10_000,
      async () => "no connection was refused",
    );
    const { failures } = await load.stop();
    // Refused, or a kept connection that was closed just when it was used again: never cut in an answer.
    for (const failure of failures) assert.match(failure, /ECONNREFUSED|ECONNRESET|socket hang up/);
    await writeFile(gateFile(server, "a"), "");
    assert.equal((await slow).text, "through");
    assert.deepEqual(await server.exited, { reason: "exit 0", code: 0 });
    assert.deepEqual(await server.leftovers(), ["gate-a"]);
  });
}

test("TERM ends in time: requests that take longer than --timeout are dropped", async (t) => {
  const server = await house(t, "deeds", ["-w1", "-t1", "--timeout", "1"]);
  const slow = ask(server, "/sleep?late").catch((error: Error) => error);
  await server.waitForLine(/hanging at late/);
  server.signal("SIGTERM");
  assert.equal((await server.exited).code, 0);
  assert.ok((await slow) instanceof Error);
});

test("INT ends at once, and so does the second TERM", async (t) => {
  for (const signals of [["SIGINT"], ["SIGTERM", "SIGTERM"]] as const) {
    const server = await house(t, "deeds", ["-w1", "-t1"]);
    const slow = ask(server, "/sleep?now").catch((error: Error) => error);
    await server.waitForLine(/hanging at now/);
    for (const signal of signals) {
      server.signal(signal);
      await server.waitForLine(/Stopping/);
    }
    assert.equal((await server.exited).code, 0);
    assert.ok((await slow) instanceof Error);
  }
});

test("TERM closes idle connections at once", async (t) => {
  const server = await house(t, "deeds", ["-w1"]);
  const sockets = await Promise.all([1, 2, 3].map(() => idleConnection(server.port)));
  const closed = sockets.map((socket) => new Promise((resolve) => socket.once("end", resolve)));
  server.signal("SIGTERM");
  await Promise.all(closed);
  for (const socket of sockets) socket.destroy();
  assert.equal((await server.exited).code, 0);
});
