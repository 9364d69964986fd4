import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "../../src/kit/index.ts";

test("systemClock.after waits as long as a timer can where it is told to wait longer", async () => {
  let isOver = false;
  const cancel = systemClock.after(2 ** 31, () => {
    isOver = true;
  });
  // One that was set later, for longer than a timer that overflows would take.
  await new Promise<void>((resolve) => setTimeout(resolve, 5));
  assert.equal(isOver, false);
  cancel();
});
