import assert from "node:assert/strict";
import { test } from "node:test";
import { Backoff } from "../../src/kit/index.ts";

const options = { firstMs: 100, ceilingMs: 1_000, forgiveAfterMs: 10_000, random: () => 1 };

test("Backoff lets the first failure pass, then doubles up to its ceiling", () => {
  const backoff = new Backoff(options);
  const delays = Array.from({ length: 7 }, () => backoff.delayMs(5));
  assert.deepEqual(delays, [0, 100, 200, 400, 800, 1_000, 1_000]);
});

test("Backoff forgives what held for long enough", () => {
  const backoff = new Backoff(options);
  for (let n = 0; n < 5; n++) backoff.delayMs(5);
  assert.equal(backoff.delayMs(10_000), 0);
  assert.equal(backoff.delayMs(5), 100);
});

test("Backoff spreads its delays, by a quarter at most", () => {
  const backoff = new Backoff({ ...options, random: () => 0 });
  backoff.delayMs(5);
  assert.equal(backoff.delayMs(5), 75);
});
