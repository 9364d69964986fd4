import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { Agent } from "node:http";
import { type TestContext, test } from "node:test";
import { RawClient } from "../harness/http.ts";
import { until } from "../harness/processes.ts";
import { ask } from "./ask.ts";
import { inhabitants, openFiles, residentBytes } from "./inhabitants.ts";
import { type Housed, house } from "./place.ts";

const MB = 1024 * 1024;

/** Ten requests on each of a hundred connections that are open at once; then they are closed. */
async function round(server: Housed): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 100 });
  const answers = await Promise.all(
    Array.from({ length: 1_000 }, () => ask(server, "/", { agent })),
  );
  agent.destroy();
  assert.ok(answers.every(({ status }) => status === 200));
}

test("3,000 requests over 300 connections leave descriptors and memory where they were", async (t) => {
  const server = await house(t, "deeds", ["-w1", "-t3"]);
  const [worker = 0] = (await inhabitants(server.pid)).workers;
  await round(server);
  const files = async (): Promise<readonly number[]> =>
    await Promise.all([server.pid, worker].map(openFiles));
  const settled = async (): Promise<boolean> => (await files()).every((count) => count < 60);
  await until(settled, 5_000, async () => `${await files()}`);
  const before = { files: await files(), bytes: await residentBytes(worker) };
  for (let count = 0; count < 3; count++) await round(server);
  await until(
    async () => (await files()).every((count, at) => count <= (before.files[at] ?? 0)),
    20_000,
    async () => `${before.files} were open, now ${await files()}`,
  );
  assert.ok((await residentBytes(worker)) - before.bytes < 30 * MB);
});

/** Serves with no more than `limit` descriptors. */
async function cramped(t: TestContext, limit: number): Promise<Housed> {
  const server = await house(t, "deeds", ["-w1", "-t2", "--max-conns", "100000"]);
  execFileSync("prlimit", [`--pid=${server.pid}`, `--nofile=${limit}:${limit}`]);
  return server;
}

test("A front without descriptors to spare survives, and serves again when there are some", async (t) => {
  const server = await cramped(t, (await limitFor(t)) + 20);
  const clients: RawClient[] = [];
  for (let count = 0; count < 60; count++) {
    const client = await RawClient.open(t, { port: server.port });
    client.get("/");
    clients.push(client);
  }
  const first = await clients[0]?.read();
  assert.equal(first?.text, "hello");
  process.kill((await inhabitants(server.pid)).workers[0] ?? 0, "SIGKILL");
  for (const client of clients) client.socket.destroy();
  await until(
    async () => (await ask(server, "/").catch(() => undefined))?.text === "hello",
    15_000,
    server.stdout,
  );
  assert.equal((await server.stop()).code, 0);
  assert.deepEqual(await server.leftovers(), []);
});

/** How many descriptors a front like that has when nobody is connected. */
async function limitFor(t: TestContext): Promise<number> {
  const server = await house(t, "deeds", ["-w1", "-t2"]);
  const count = await openFiles(server.pid);
  await server.stop();
  return count;
}
