import assert from "node:assert/strict";
import { test } from "node:test";
import { judge, referenceOf } from "../../bench/report/judge.ts";
import type { Target, Workload } from "../../bench/workload.ts";
import { hellos } from "../../bench/workloads/hello.ts";
import { entry } from "./entry.ts";

const [hello] = hellos;
assert.ok(hello);

const promising = (...targets: Target[]): Workload => ({ ...hello, targets });

const PLAIN = entry("puma", "Puma", { requestsPerSecond: 100, p99Ms: 10 });
const YJIT = entry("puma", "Puma + YJIT", { requestsPerSecond: 120, p99Ms: 20 });
const AGOO = entry("agoo", "Agoo", { requestsPerSecond: 300, p99Ms: 5 });
const OURS = entry("gossamer", "Gossamer", { requestsPerSecond: 240, p99Ms: 10, keptPercent: 91 });
const ALL = [OURS, PLAIN, YJIT, AGOO];

const verdict = (target: Target, entries = ALL): string =>
  judge(promising(target), entries)
    .map((one) => `${one.finding}: ${one.verdict}`)
    .join();

test("referenceOf is the Puma that is better in the deciding metric", () => {
  assert.equal(referenceOf(ALL, "requestsPerSecond"), YJIT);
  assert.equal(referenceOf(ALL, "p99Ms"), PLAIN);
  assert.equal(referenceOf([OURS, AGOO], "p99Ms"), undefined);
});

test("judge compares with the reference Puma in every metric, not with the one that is weaker there", () => {
  const atMost = { metric: "p99Ms", of: ["puma"], bound: { atMost: 0.5 } } as const;
  assert.equal(verdict(atMost), "0.50 × Puma + YJIT: met");
});

test("judge meets a bound exactly and misses it just beside", () => {
  const rate = { metric: "requestsPerSecond", of: ["puma"] } as const;
  assert.equal(verdict({ ...rate, bound: { atLeast: 2 } }), "2.00 × Puma + YJIT: met");
  assert.equal(verdict({ ...rate, bound: { atLeast: 2.01 } }), "2.00 × Puma + YJIT: missed");
});

test("judge lets the best of several peers decide, and never ourselves", () => {
  const every = { metric: "p99Ms", of: "every peer", bound: { atMost: 1 } } as const;
  assert.equal(verdict(every), "2.00 × Agoo: missed");
  assert.equal(verdict(every, [OURS, PLAIN, YJIT]), "1.00 × Puma: met");
});

test("judge bounds our own figure where the target is about itself", () => {
  const kept = { metric: "keptPercent", of: "itself", bound: { atLeast: 90 } } as const;
  assert.equal(verdict(kept), "91.0: met");
});

test("judge says why it cannot judge", () => {
  const rate = { metric: "requestsPerSecond", of: ["falcon"], bound: { atLeast: 2 } } as const;
  assert.equal(verdict(rate), "nobody to compare with: not judged");
  assert.equal(verdict(rate, [PLAIN, AGOO]), "Gossamer has no figure: not judged");
});
