import assert from "node:assert/strict";
import { test } from "node:test";
import { median, medians, ratio } from "../../bench/report/statistics.ts";

test("median takes the middle of an odd number of values, in any order", () => {
  assert.equal(median([30, 9, 100]), 30);
  assert.equal(median([7]), 7);
});

test("median takes the mean of the two middle values of an even number", () => {
  assert.equal(median([1, 100, 2, 4]), 3);
});

test("median of nothing is nothing", () => {
  assert.equal(median([]), undefined);
});

test("median leaves its argument as it was", () => {
  const values = [3, 1, 2];
  median(values);
  assert.deepEqual(values, [3, 1, 2]);
});

test("medians are taken metric by metric, over the rounds that measured it", () => {
  const rounds = [
    { requestsPerSecond: 100, p99Ms: 9 },
    { requestsPerSecond: 300, p99Ms: 1 },
    { requestsPerSecond: 200 },
  ];
  assert.deepEqual(medians(rounds), { requestsPerSecond: 200, p99Ms: 5 });
});

test("ratio divides, and is absent where there is nothing to divide or to divide by", () => {
  assert.equal(ratio(3, 2), 1.5);
  assert.equal(ratio(undefined, 2), undefined);
  assert.equal(ratio(3, undefined), undefined);
  assert.equal(ratio(3, 0), undefined);
});
