import assert from "node:assert/strict";
import { test } from "node:test";
import { type Cause, next, type WorkerState } from "../../src/pool/states.ts";

const ARROWS: readonly [WorkerState, Cause, WorkerState][] = [
  ["starting", "ready", "serving"],
  ["starting", "replace", "leaving"],
  ["starting", "idle", "starting"],
  ["serving", "replace", "draining"],
  ["serving", "idle", "serving"],
  ["draining", "idle", "leaving"],
  ["draining", "ready", "draining"],
  ["leaving", "ready", "leaving"],
  ["serving", "exit", "gone"],
  ["leaving", "exit", "gone"],
  ["gone", "ready", "gone"],
];

for (const [from, cause, to] of ARROWS) {
  test(`next(): a worker that is ${from} and hears ${cause} is ${to}`, () =>
    assert.equal(next(from, cause), to));
}
