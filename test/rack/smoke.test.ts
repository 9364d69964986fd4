import assert from "node:assert/strict";
import { test } from "node:test";
import { bench } from "./harness.ts";

test("NativeEngine serves an app that brings no Rack", async () => {
  const app = await bench(`
    run ->(env) { [200, { "content-type" => "text/plain" }, ["Hello #{env["PATH_INFO"]}\\n"]] }
  `);
  try {
    const worker = await app.worker();
    const reply = await app.get(worker, "/there");
    assert.equal(reply.head?.status, 200);
    assert.equal(reply.body, "Hello /there\n");
    assert.deepEqual(reply.header("content-length"), ["13"]);
    worker.retire();
    assert.equal((await app.left(worker)).reason, "exit 0");
  } finally {
    await app.close();
  }
});
