import assert from "node:assert/strict";
import { test } from "node:test";
import { parseLock } from "../../bench/bundle.ts";
import { parseOptions } from "../../bench/options.ts";

const names = (items: readonly { name: string }[]): string => items.map((item) => item.name).join();

test("parseOptions takes everything when nothing is asked for", () => {
  const options = parseOptions([]);
  assert.equal(options.peers.length, 10);
  assert.equal(options.workloads.length, 11);
  assert.equal(options.rounds, 5);
  assert.equal(options.seconds, 4);
});

test("parseOptions narrows servers by name and workloads by their beginnings", () => {
  const options = parseOptions(["--only", "puma,gossamer", "--workload=hello", "--rounds=7"]);
  assert.equal(names(options.peers), "gossamer,puma");
  assert.equal(names(options.workloads), "hello-1x1,hello-1x5,hello-2x5");
  assert.equal(options.rounds, 7);
});

test("parseOptions names what it does not know", () => {
  assert.throws(
    () => parseOptions(["--only", "apache"]),
    /no server is called "apache"; there are/,
  );
  assert.throws(() => parseOptions(["--workload", "bye"]), /no workload is called "bye"/);
  assert.throws(() => parseOptions(["--rounds", "0"]), /--rounds takes a whole number above 0/);
});

test("parseLock reads the version of each gem, not what others need of it", () => {
  const lock = "GEM\n  specs:\n    puma (8.0.2)\n      nio4r (~> 2.0)\n    nio4r (2.7.5)\n";
  assert.deepEqual(parseLock(lock), { puma: "8.0.2", nio4r: "2.7.5" });
});
