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

test("Depth is one nearly always while half a percent of the calls take 200 ms", () => {
  const depth = new Depth();
  let nowMs = 1_000;
  let deeper = 0;
  for (let n = 0; n < 200_000; n++) {
    nowMs += 0.2;
    depth.learn(n % 200 === 0 ? 200_000 : 50, nowMs);
    if (n > 2_000 && depth.current > 1) deeper++;
  }
  assert.ok(deeper / 198_000 < 0.02, `${deeper} of 198,000 calls saw more than one`);
});

test("Depth tries more now and then, and keeps it where calls were slow only one by one", () => {
  const depth = new Depth();
  let nowMs = 1_000;
  const learnWhileOne = (forMs: number): void => {
    // Half of the calls look slow while each is given by itself: threads fight for the GVL.
    for (const endMs = nowMs + forMs; nowMs < endMs; nowMs += 0.5) {
      depth.learn(depth.current === 1 && Math.round(nowMs * 2) % 2 === 0 ? 1_500 : 200, nowMs);
    }
  };
  learnWhileOne(200);
  assert.equal(depth.current, 1);
  learnWhileOne(1_000);
  assert.ok(depth.current > 1);
  learnWhileOne(5_000);
  assert.ok(depth.current > 1);
});

test("Depth tries nothing where every call is longer than what may be handed out ahead", () => {
  const depth = new Depth();
  for (let nowMs = 1_000; nowMs < 20_000; nowMs += 4) {
    depth.learn(4_000, nowMs);
    assert.equal(depth.current, 1);
  }
});
