import assert from "node:assert/strict";
import { mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { Clock } from "../../src/kit/index.ts";
import { FileAge } from "../../src/supervise/checks/file-age.ts";

const DAY_MS = 86_400_000;

/** A clock of the test's own, and a file that is written by its wall clock. */
async function heartbeat(t: { after(clean: () => Promise<void>): void }) {
  const folder = await mkdtemp(join(tmpdir(), "gossamer-age-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, "heartbeat");
  let nowMs = 5_000;
  let wallMs = Date.UTC(2026, 0, 1);
  const clock: Clock = { nowMs: () => nowMs, wallMs: () => wallMs, after: () => () => {} };
  const age = new FileAge(path, 60_000, clock);
  await writeFile(path, "");
  return {
    age,
    path,
    beat: async () => await utimes(path, new Date(wallMs), new Date(wallMs)),
    pass: (ms: number) => {
      nowMs += ms;
      wallMs += ms;
    },
    set: (ms: number) => {
      wallMs += ms;
    },
  };
}

test("FileAge goes by the wall clock while nobody sets it", async (t) => {
  const { age, beat, pass } = await heartbeat(t);
  await beat();
  pass(59_000);
  assert.deepEqual(age.measure(), { text: "59", isGood: true });
  pass(2_000);
  assert.deepEqual(age.measure(), { text: "61", isGood: false });
  await beat();
  pass(3_000);
  assert.deepEqual(age.measure(), { text: "3", isGood: true });
});

test("FileAge takes no file for old because the clock was set forward", async (t) => {
  const { age, beat, pass, set } = await heartbeat(t);
  await beat();
  age.measure();
  for (let n = 0; n < 3; n++) {
    pass(5_000);
    await beat();
    pass(5_000);
    set(DAY_MS);
    assert.deepEqual(age.measure(), { text: "10", isGood: true });
  }
  pass(61_000);
  assert.equal(age.measure().isGood, false, "now it is");
});

test("FileAge sees that nothing is written also when the clock was set back", async (t) => {
  const { age, beat, pass, set } = await heartbeat(t);
  await beat();
  age.measure();
  set(-DAY_MS);
  pass(59_000);
  assert.deepEqual(age.measure(), { text: "59", isGood: true });
  pass(2_000);
  assert.deepEqual(age.measure(), { text: "61", isGood: false });
});

test("FileAge says which file is not there", async (t) => {
  const { age, path } = await heartbeat(t);
  await rm(path);
  assert.deepEqual(age.measure(), { text: `${path} is not there`, isGood: false });
});
