import assert from "node:assert/strict";
import { test } from "node:test";
import { Durations } from "../../src/observe/stats/durations.ts";
import { Tally } from "../../src/observe/stats/tally.ts";
import { ManualClock } from "../kit/manual-clock.ts";
import { request, TestReply } from "../rack/harness.ts";

test("Durations knows of no percentile before there is a request", () => {
  assert.equal(new Durations().percentile(50), undefined);
});

test("Durations gives the duration that so many of a hundred did not pass", () => {
  const durations = new Durations();
  for (let ms = 100; ms >= 1; ms--) durations.add(ms);
  assert.deepEqual([durations.percentile(50), durations.percentile(99)], [50, 99]);
  assert.deepEqual([durations.percentile(100), durations.count], [100, 100]);
});

test("Durations forgets what is long ago", () => {
  const durations = new Durations();
  durations.add(1_000_000);
  for (let n = 0; n < 1_024; n++) durations.add(2);
  assert.deepEqual([durations.percentile(100), durations.count], [2, 1_024]);
});

test("Tally counts a request once, whatever follows the end of its answer", async () => {
  const clock = new ManualClock();
  const tally = new Tally(clock);
  const [reply, behind] = begun(tally);
  await clock.advance(20);
  reply.respond({ status: 302, lines: "", holds: 0 }, "");
  behind.leave();
  reply.fail(500);
  assert.deepEqual(tally.outcomes, { finished: 1, failed: 0, gone: 0 });
  assert.deepEqual(tally.statuses, [0, 0, 0, 1, 0, 0]);
  assert.equal(tally.lastMs, 20);
});

test("Tally hands on what the client's side says: room again, and gone", () => {
  const tally = new Tally(new ManualClock());
  const [reply, behind] = begun(tally);
  const heard: string[] = [];
  reply.onDrain = () => heard.push("room");
  reply.onGone = () => heard.push("gone");
  reply.start({ status: 200, lines: "", holds: 0 });
  behind.onDrain?.();
  behind.leave();
  assert.deepEqual(heard, ["room", "gone"]);
  assert.deepEqual(tally.outcomes, { finished: 0, failed: 0, gone: 1 });
  assert.equal(tally.lastMs, undefined);
});

function begun(tally: Tally) {
  const behind = new TestReply();
  return [tally.begin(request("/"), behind), behind] as const;
}
