import assert from "node:assert/strict";
import { test } from "node:test";
import { Depth } from "../../src/pool/depth.ts";

/** Lets `depth` learn `micros`, over and over, `everyMs` apart, for `forMs`; returns the time after it. */
function learn(
  depth: Depth,
  micros: number,
  everyMs: number,
  fromMs: number,
  forMs: number,
): number {
  let nowMs = fromMs;
  for (; nowMs < fromMs + forMs; nowMs += everyMs) depth.learn(micros, nowMs);
  return nowMs;
}

test("Depth begins with one call a slot", () => {
  assert.equal(new Depth().current, 1);
  assert.equal(new Depth().ofOne, 1);
});

test("Depth grows while calls are far below a millisecond", () => {
  const depth = new Depth();
  learn(depth, 20, 0.5, 1_000, 600);
  assert.equal(depth.current, 32);
});

test("Depth hands out no more than two milliseconds' work ahead", () => {
  const depth = new Depth();
  learn(depth, 300, 0.5, 1_000, 600);
  assert.equal(depth.current, 6);
});

test("Depth falls back to one at once when slow calls fill a quarter of a window", () => {
  const depth = new Depth();
  const nowMs = learn(depth, 20, 0.5, 1_000, 600);
  depth.learn(200_000, nowMs);
  assert.equal(depth.current, 1);
});

test("Depth is not moved by a slow call now and then", () => {
  const depth = new Depth();
  let nowMs = learn(depth, 20, 0.5, 1_000, 600);
  for (let round = 0; round < 5; round++) {
    depth.learn(20_000, nowMs);
    nowMs = learn(depth, 20, 0.5, nowMs, 300);
  }
  assert.equal(depth.current > 1, true);
});

test("Depth stays at one while half a percent of the calls take 200 ms", () => {
  const depth = new Depth();
  let nowMs = 1_000;
  for (let n = 0; n < 20_000; n++) {
    nowMs += 0.2;
    depth.learn(n % 200 === 0 ? 200_000 : 50, nowMs);
    if (n > 2_000) assert.equal(depth.current, 1);
  }
});

test("Depth recovers when the slow calls are over", () => {
  const depth = new Depth();
  depth.learn(200_000, 1_000);
  learn(depth, 20, 0.5, 1_001, 5_000);
  assert.equal(depth.current, 32);
});

test("Depth lets a lone slot hold a second call only while it is busy with short ones", () => {
  const depth = new Depth();
  learn(depth, 3_000, 3, 1_000, 600);
  assert.deepEqual([depth.current, depth.ofOne], [1, 2]);
  learn(depth, 200_000, 200, 2_000, 1_000);
  assert.deepEqual([depth.current, depth.ofOne], [1, 1]);
});
