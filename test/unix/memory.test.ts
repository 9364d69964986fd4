import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryBytes, memoryOf, startChild } from "../../src/unix/index.ts";

const linuxOnly = { skip: process.platform !== "linux" && "there is no /proc here" };

test("memoryBytes() is near what the process says of itself", linuxOnly, async () => {
  const bytes = await memoryBytes(process.pid);
  const own = process.memoryUsage.rss();
  assert.ok(bytes !== undefined && bytes > own / 10 && bytes < own * 2, `${bytes} against ${own}`);
});

test("memoryBytes() is undefined for a process that is gone", async () => {
  const child = startChild(process.execPath, ["-e", ""], { stdio: "ignore" });
  await child.exited;
  assert.equal(await memoryBytes(child.pid ?? 0), undefined);
});

test(
  "memoryOf() tells the resident set, of which the proportional share is a part",
  linuxOnly,
  async () => {
    const { residentBytes = 0, proportionalBytes = 0 } = await memoryOf(process.pid);
    const own = process.memoryUsage.rss();
    assert.ok(
      residentBytes > own / 2 && residentBytes < own * 2,
      `${residentBytes} against ${own}`,
    );
    assert.ok(proportionalBytes > 0 && proportionalBytes <= residentBytes);
  },
);
