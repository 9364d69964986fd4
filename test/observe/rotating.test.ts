import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import {
  type AnyFact,
  type Destination,
  openDestination,
  rotating,
} from "../../src/observe/index.ts";

interface Opened {
  readonly log: Destination;
  readonly file: string;
  readonly facts: readonly AnyFact[];
  text(name: string): Promise<string | undefined>;
}

/** A log of at most 100 bytes with two old ones. */
async function open(t: TestContext, before = ""): Promise<Opened> {
  const folder = await mkdtemp(join(tmpdir(), "gossamer-rotating-"));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, "a.log");
  if (before !== "") await writeFile(file, before);
  const facts: AnyFact[] = [];
  const emit = (fact: AnyFact): void => void facts.push(fact);
  const destination = openDestination({ file, option: "log_file:" }, emit);
  const log = rotating(destination, file, { limitBytes: 100, keep: 2 }, emit);
  t.after(() => log.close());
  const text = (name: string) => readFile(join(folder, name), "utf8").catch(() => undefined);
  return { log, file, facts, text };
}

const line = (number: number): string => `${String(number).padStart(29, "é")}\n`;

test("rotating() begins a file anew before it is too long, and keeps so many old ones, with every line whole", async (t) => {
  const { log, text, facts } = await open(t);
  const lines = Array.from({ length: 10 }, (_, index) => `${String(index).padStart(29, "0")}\n`);
  for (const one of lines) log.write(one);
  assert.equal(await text("a.log"), lines.slice(9).join(""));
  assert.equal(await text("a.log.1"), lines.slice(6, 9).join(""));
  assert.equal(await text("a.log.2"), lines.slice(3, 6).join(""));
  assert.equal(await text("a.log.3"), undefined);
  assert.deepEqual(facts, []);
});

test("rotating() counts bytes, those of a file that was there, and those of one that was opened anew", async (t) => {
  const { log, file, text } = await open(t, "x".repeat(90));
  const wide = line(1);
  assert.ok(Buffer.byteLength(wide) > 50 && wide.length < 50);
  log.write(wide);
  assert.equal(await text("a.log.1"), "x".repeat(90));
  await rename(file, `${file}.old`);
  log.reopen();
  log.write(wide);
  assert.deepEqual([await text("a.log"), await text("a.log.2")], [wide, undefined]);
  log.write(wide);
  assert.deepEqual([await text("a.log"), await text("a.log.1")], [wide, wide]);
});

test("rotating() goes on with a file that cannot be moved away, and tells so once", async (t) => {
  const { log, file, text, facts } = await open(t);
  await mkdir(`${file}.1`);
  await mkdir(`${file}.2`);
  await writeFile(join(`${file}.2`, "full"), "");
  const long = `${"x".repeat(59)}\n`;
  for (let count = 0; count < 6; count++) log.write(long);
  assert.equal(await text("a.log"), long.repeat(6));
  assert.deepEqual(
    facts.map(({ type }) => type),
    ["log-not-rotated"],
  );
});
