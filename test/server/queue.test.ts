import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { test } from "node:test";
import { RawClient } from "../harness/http.ts";
import { until, untilStopped } from "../harness/processes.ts";
import { ask } from "./ask.ts";
import { openFiles } from "./inhabitants.ts";
import { gateFile, house } from "./place.ts";

test("The queue is bounded: one more gets 503 with Retry-After, and the others their answers", async (t) => {
  const server = await house(t, "deeds", ["-w1", "-t1", "--max-queue", "3"]);
  const gate = gateFile(server, "a");
  const first = ask(server, `/gate?${gate}`);
  await server.waitForLine(/at the gate/);
  const many = Array.from({ length: 8 }, () => ask(server, "/"));
  const refused = await Promise.any(many);
  assert.equal(refused.status, 503);
  assert.match(refused.headers["retry-after"] ?? "", /^\d+$/);
  await server.waitForLine(/The queue is full: 3 requests wait/);
  await until(
    () => (server.stdout().match(/The queue is full/g)?.length ?? 0) === 5,
    20_000,
    server.stdout,
  );
  await writeFile(gate, "");
  assert.equal((await first).text, "through");
  const statuses = (await Promise.all(many)).map(({ status }) => status).sort();
  assert.deepEqual(statuses, [200, 200, 200, 503, 503, 503, 503, 503]);
});

test("The oldest request is the next one, whoever asks", async (t) => {
  const server = await house(t, "deeds", ["-w1", "-t1"]);
  const gate = gateFile(server, "a");
  const first = ask(server, `/gate?${gate}`);
  await server.waitForLine(/at the gate/);
  const clients = await Promise.all(
    Array.from({ length: 20 }, () => RawClient.open(t, { port: server.port })),
  );
  // One is heard before the next one asks: an answer to a broken request, which no worker gives, says so.
  for (const [number, client] of clients.entries()) {
    client.get(`/say?${String(number).padStart(2, "0")}`);
    const probe = await RawClient.open(t, { port: server.port });
    probe.send("BROKEN\r\n\r\n");
    assert.equal((await probe.read()).status, 400);
  }
  await writeFile(gate, "");
  assert.equal((await first).text, "through");
  for (const client of clients) assert.equal((await client.read()).text, "said");
  const said = [...server.stderr().matchAll(/said (\d\d)/g)].map(([, number]) => Number(number));
  assert.deepEqual(said, [...clients.keys()]);
});

for (const goodbye of ["reset", "end"] as const) {
  test(`A queued request never reaches Ruby when its client has left (${goodbye})`, async (t) => {
    const server = await house(t, "deeds", ["-w1", "-t1"]);
    const gate = gateFile(server, "a");
    const first = ask(server, `/gate?${gate}`);
    await server.waitForLine(/at the gate/);
    const before = await openFiles(server.pid);
    const leaving = await RawClient.open(t, { port: server.port });
    leaving.get("/say?gone");
    const staying = await RawClient.open(t, { port: server.port });
    staying.get("/say?stays");
    const probe = await RawClient.open(t, { port: server.port });
    probe.send("BROKEN\r\n\r\n");
    assert.equal((await probe.read()).status, 400);
    probe.socket.destroy();
    await untilOpenFiles(server, before + 2);
    if (goodbye === "reset") leaving.socket.resetAndDestroy();
    else {
      // Later than a client that only ends its own side would: it has lost its patience.
      const startedAtMs = performance.now();
      await until(
        () => performance.now() - startedAtMs > 400,
        20_000,
        () => "time stands still",
      );
      leaving.socket.destroy();
    }
    await untilOpenFiles(server, before + 1);
    await writeFile(gate, "");
    assert.equal((await first).text, "through");
    assert.equal((await staying.read()).text, "said");
    assert.equal((await ask(server, "/say?last")).text, "said");
    assert.match(server.stderr(), /said stays\s+said last/);
    assert.doesNotMatch(server.stderr(), /said gone/);
  });
}

test("A request whose client has reset the connection before it was accepted never reaches Ruby", async (t) => {
  const server = await house(t, "deeds", ["-w1", "-t1"]);
  server.signal("SIGSTOP");
  await untilStopped(server.pid);
  const leaving = await RawClient.open(t, { port: server.port });
  leaving.get("/say?gone");
  leaving.socket.resetAndDestroy();
  // It ends its side first, and resets then.
  await once(leaving.socket, "close");
  server.signal("SIGCONT");
  assert.equal((await ask(server, "/say?last")).text, "said");
  assert.doesNotMatch(server.stderr(), /said gone/);
});

/** Resolves once the front has just so many descriptors open: as many clients have come, and it has let the others go. */
async function untilOpenFiles({ pid }: { readonly pid: number }, count: number): Promise<void> {
  await until(
    async () => (await openFiles(pid)) === count,
    20_000,
    async () => `${await openFiles(pid)} files are open, not ${count}`,
  );
}
