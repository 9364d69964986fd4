import assert from "node:assert/strict";
import { test } from "node:test";
import { Width } from "../../src/pool/width.ts";

/** Lets `width` learn from `count` calls alike. */
function learn(width: Width, count: number, serviceMicros: number, idlePart: number): void {
  for (let n = 0; n < count; n++) width.learn(serviceMicros, idlePart);
}

test("Width is all slots until workers have told how much their app waits", () => {
  assert.equal(new Width().current, Number.POSITIVE_INFINITY);
});

test("Width is one slot for an app that waits for next to nothing", () => {
  const width = new Width();
  learn(width, 50, 300, 0.05);
  assert.equal(width.current, 1);
});

test("Width grows with the share of waiting", () => {
  const widths = [0.2, 0.5, 0.9, 0.96].map((idlePart) => {
    const width = new Width();
    learn(width, 50, 2_000, idlePart);
    return width.current;
  });
  assert.deepEqual(widths, [3, 4, 17, 39]);
});

test("Width counts no more than the beginning of a long call", () => {
  const width = new Width();
  // One sleep of 200 ms among 150 calls that compute.
  for (let n = 0; n < 20; n++) {
    learn(width, 150, 400, 0);
    width.learn(200_000, 1);
    assert.ok(width.current < 4);
  }
});

test("Width is wide again at once when an app begins to wait", () => {
  const width = new Width();
  learn(width, 1_000, 300, 0);
  assert.equal(width.current, 1);
  learn(width, 10, 5_000, 0.95);
  assert.ok(width.current > 3, String(width.current));
});
