import assert from "node:assert/strict";
import { test } from "node:test";
import { startChild } from "../../src/unix/index.ts";

const quiet = { stdio: "ignore" } as const;

test("startChild() says how the process ended", async () => {
  const left = startChild(process.execPath, ["-e", "process.exit(3)"], quiet);
  assert.deepEqual(await left.exited, { reason: "exit 3", code: 3 });
});

test("startChild() says which signal ended the process, and kills only what is there", async () => {
  const child = startChild(process.execPath, ["-e", "setInterval(() => {}, 1000)"], quiet);
  assert.equal(child.kill("SIGKILL"), true);
  assert.deepEqual(await child.exited, { reason: "SIGKILL", code: 137 });
  assert.equal(child.kill("SIGKILL"), false);
});

test("startChild() reports a command that cannot be started as an exit", async () => {
  const child = startChild("/nowhere/ruby", [], quiet);
  const { reason, code } = await child.exited;
  assert.match(reason, /^could not be started: .*ENOENT/);
  assert.equal(code, 127);
  assert.equal(child.pid, undefined);
});
