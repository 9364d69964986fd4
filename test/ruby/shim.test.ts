import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";

for (const file of (await readdir(import.meta.dirname)).filter((name) =>
  name.endsWith("_test.rb"),
)) {
  test(`ruby/ passes ${file}`, () => {
    const { status, stdout } = spawnSync("ruby", ["-w", join(import.meta.dirname, file)]);
    assert.equal(status, 0, String(stdout));
    assert.match(
      String(stdout),
      /[1-9]\d* runs, [1-9]\d* assertions, 0 failures, 0 errors, 0 skips/,
    );
  });
}
