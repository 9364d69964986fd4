import assert from "node:assert/strict";
import { test } from "node:test";
import { renderTable, tableOf, withThousands } from "../../bench/report/table.ts";
import { hellos } from "../../bench/workloads/hello.ts";
import { entry } from "./entry.ts";

const [hello] = hellos;
assert.ok(hello);

const PUMA = entry("puma", "Puma", { requestsPerSecond: 1000, p99Ms: 4, othersPercent: 3.4 });
const OURS = entry("gossamer", "Gossamer", { requestsPerSecond: 2500.6, othersPercent: 0 });

/** The cells of a rendered table, without their padding. */
const cells = (table: string): string[][] =>
  table.split("\n").map((line) =>
    line
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.trim()),
  );

test("renderTable pads names to the left and figures to the right", () => {
  const table = renderTable([
    ["server", "rate"],
    ["a", "12,345"],
  ]);
  assert.equal(table, "| server |   rate |\n|--------|-------:|\n| a      | 12,345 |");
});

test("renderTable puts a rule of the same width under the head", () => {
  const lines = renderTable([
    ["a", "b"],
    ["long name", "1"],
  ]).split("\n");
  assert.deepEqual(new Set(lines.map((line) => line.length)).size, 1);
});

test("withThousands groups whole digits only", () => {
  assert.equal(withThousands("1234567"), "1,234,567");
  assert.equal(withThousands("999"), "999");
  assert.equal(withThousands("1234.56789"), "1,234.56789");
});

test("tableOf puts the ratio to Puma beside a figure, and a dash where there is none", () => {
  const [head, , ours] = cells(tableOf(hello, [OURS, PUMA]));
  const cell = (title: string): string | undefined => ours?.[head?.indexOf(title) ?? -1];
  assert.equal(cell("server"), "Gossamer 1.0");
  assert.equal(cell("requests/s"), "2,501 (2.50 ×)");
  assert.equal(cell("p99 ms"), "–");
});

test("tableOf shows no ratio where Puma did not run, nor where it means nothing", () => {
  assert.match(tableOf(hello, [OURS]), /\| +2,501 \|/);
  assert.match(tableOf(hello, [PUMA]), /\| +3 \|$/m);
});

test("tableOf has a column for failures only when there were some", () => {
  const failing = entry("itsi", "Itsi", { requestsPerSecond: 10, failedPercent: 17 });
  assert.doesNotMatch(tableOf(hello, [PUMA]), /failed %/);
  assert.match(tableOf(hello, [PUMA, failing]), /failed %/);
});
