import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import {
  CONTROL_SOCKET,
  ControlHost,
  controlSocketOf,
  give,
  type Order,
} from "../../src/control/index.ts";

async function folderOf(t: TestContext): Promise<string> {
  const folder = await mkdtemp("/tmp/gsm-");
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A host at work, and where it is. */
async function host(t: TestContext, carryOut: (order: Order) => Promise<unknown>): Promise<string> {
  const path = join(await folderOf(t), CONTROL_SOCKET);
  const listening = new ControlHost(path, carryOut);
  t.after(() => listening.close());
  return path;
}

/** What is answered to these bytes. */
async function answerTo(path: string, line: string): Promise<string> {
  const socket = connect(path);
  socket.write(line);
  return await text(socket);
}

test("give() resolves once the order is carried out", async (t) => {
  const heard: Order[] = [];
  const path = await host(t, async (order) => void heard.push(order));
  assert.deepEqual(await give({ order: "restart" }, path), { reply: "done" });
  assert.deepEqual(heard, [{ order: "restart" }]);
});

test("give() tells why an order could not be carried out", async (t) => {
  const path = await host(t, () => Promise.reject(new Error("No luck")));
  const reply = await give({ order: "restart" }, path);
  assert.deepEqual(reply, { reply: "failed", message: "No luck" });
});

test("give() tells what is not done of an order that is done else", async (t) => {
  const path = await host(t, async () => new Error("No luck with one of them"));
  const reply = await give({ order: "restart" }, path);
  assert.deepEqual(reply, { reply: "partly", message: "No luck with one of them" });
});

test("give() resolves with undefined where nobody listens", async (t) => {
  assert.equal(await give({ order: "restart" }, join(await folderOf(t), "none.sock")), undefined);
});

test("give() takes a server that goes away for one that failed", async (t) => {
  const path = join(await folderOf(t), CONTROL_SOCKET);
  const leaving = new ControlHost(path, async () => leaving.close());
  const reply = await give({ order: "restart" }, path);
  assert.deepEqual(reply, { reply: "failed", message: "The server went away before it was done." });
});

test("ControlHost hears nothing that is no order", async (t) => {
  const path = await host(t, async () => assert.fail("it was carried out"));
  for (const line of ["restart\n", '{"order":"stop"}\n', "[1]\n", "null\n", "x".repeat(5_000)]) {
    assert.match(await answerTo(path, line), /"reply":"failed"/);
  }
});

test("docs/CONTROL.md shows what is said", async (t) => {
  const page = await readFile(join(import.meta.dirname, "../../docs/CONTROL.md"), "utf8");
  const [order, done, failed, partly] = [...page.matchAll(/^```\n(.*\n)```$/gm)].map(
    ([, line = ""]) => line,
  );
  assert.ok(order && failed && partly);
  const { message } = JSON.parse(failed) as { message: string };
  const good = await host(t, async () => {});
  const bad = await host(t, () => Promise.reject(new Error(message)));
  assert.equal(await answerTo(good, order), done);
  assert.equal(await answerTo(bad, order), failed);
  const missed = new Error((JSON.parse(partly) as { message: string }).message);
  assert.equal(await answerTo(await host(t, async () => missed), order), partly);
});

test("controlSocketOf() trusts only a private folder of that user's", async (t) => {
  const uid = process.getuid?.() ?? 0;
  const folder = join(tmpdir(), "gossamer-4194304-test");
  t.after(() => rm(folder, { recursive: true, force: true }));
  assert.equal(controlSocketOf(4_194_304, uid), undefined);
  await mkdir(folder, { mode: 0o700 });
  assert.equal(controlSocketOf(4_194_304, uid), join(folder, CONTROL_SOCKET));
  assert.equal(controlSocketOf(4_194_304, uid + 1), undefined);
  await chmod(folder, 0o755);
  assert.equal(controlSocketOf(4_194_304, uid), undefined);
});
