import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { THIN_OPTIONS } from "../src/config/index.ts";

const ROOT = resolve(import.meta.dirname, "..");
/** Pages with tables that name tests, and how many rows these have at least. */
const PAGES: readonly (readonly [page: string, rows: number])[] = [
  ["docs/MIGRATING-FROM-THIN.md", 51],
  ["test/thin/CHECKLIST.md", 51],
  ["docs/MIGRATING-FROM-BLUEPILL.md", 25],
  ["test/bluepill/CHECKLIST.md", 57],
];

/** The cells of every row of every table in a page, heads and rules too. */
function rowsOf(page: string): readonly (readonly string[])[] {
  const lines = readFileSync(join(ROOT, page), "utf8").split("\n");
  return lines
    .filter((line) => line.startsWith("|"))
    .map((line) =>
      line
        .slice(1, -1)
        .split("|")
        .map((cell) => cell.trim()),
    );
}

/** The tables of a page whose last column names tests, row by row without their heads. */
function namedIn(page: string): readonly (readonly [row: string, file: string, title: string])[] {
  const rows = rowsOf(page);
  const isHead = (index: number): boolean => /^-+$/.test(rows[index + 1]?.[0] ?? "");
  let isNaming = false;
  return rows.flatMap((cells, index): [string, string, string][] => {
    const [first = "", last = ""] = [cells[0], cells.at(-1)];
    if (isHead(index)) isNaming = last === "test";
    if (isHead(index) || /^-+$/.test(first) || !isNaming) return [];
    const [, file = "", title = ""] = /^`(\S+\.ts)` (.+)$/.exec(last) ?? [];
    return [[first, file, title]];
  });
}

/** Whether a file of tests has that title in it, as a literal. */
function holds(file: string, title: string): boolean {
  const text = readFileSync(join(ROOT, "test", file), "utf8");
  return ['"', "'", "`"].some((quote) => text.includes(quote + title + quote));
}

for (const [page, rows] of PAGES) {
  test(`${page} names only tests that exist, in every row`, () => {
    const named = namedIn(page);
    assert.ok(named.length >= rows, `${named.length} rows`);
    const missing = named.filter(([, file, title]) => file === "" || !holds(file, title));
    assert.deepEqual(missing, []);
  });
}

test("docs/MIGRATING-FROM-THIN.md has each option of Thin's once, and says what has become of it", () => {
  const rows = rowsOf("docs/MIGRATING-FROM-THIN.md");
  const told = rows.filter((cells) => cells.length === 3 && /^(kept|refused)/.test(cells[1] ?? ""));
  const ofThin = THIN_OPTIONS.filter(({ section }) =>
    OF_THIN.includes(section.replace(" options", "")),
  );
  assert.deepEqual(
    told.map(([name = "", fate = ""]) => [name, fate]),
    ofThin.map((option) => [spelling(option), fateOf(option)]),
  );
});

/** The sections of Thin's usage, which are Thin's alone: what we add stands in others. */
const OF_THIN: readonly string[] = [
  "Server",
  "SSL",
  "Adapter",
  "Daemon",
  "Cluster",
  "Tuning",
  "Common",
];

type ThinOption = (typeof THIN_OPTIONS)[number];

function spelling({ short, long, argument }: ThinOption): string {
  const name = argument === undefined ? long : `${long} ${argument}`;
  return short === undefined ? `\`--${name}\`` : `\`-${short}\`, \`--${name}\``;
}

function fateOf({ refusal, help }: ThinOption): string {
  if (refusal !== undefined) return "refused";
  return help.startsWith("accepted for compatibility") ? "kept without effect" : "kept";
}

test("test/thin has a check for each of Thin's 53", () => {
  const files = readdirSync(join(ROOT, "test/thin")).filter((name) => name.endsWith(".test.ts"));
  const numbers = files.flatMap((name) => {
    const text = readFileSync(join(ROOT, "test/thin", name), "utf8");
    const rows = [...text.matchAll(/number: (\d+),/g)].map(([, number]) => Number(number));
    const titles = [...text.matchAll(/thin check (\d+)/g)].map(([, number]) => Number(number));
    return [...rows, ...titles];
  });
  const missing = Array.from({ length: 53 }, (_, index) => index + 1).filter(
    (one) => !numbers.includes(one),
  );
  assert.deepEqual(missing, []);
});

test("test/bluepill/CHECKLIST.md has each of bluepill's 50 once", () => {
  const numbers = rowsOf("test/bluepill/CHECKLIST.md")
    .map(([first]) => Number(first))
    .filter((number) => number > 0);
  assert.deepEqual(
    numbers,
    Array.from({ length: 50 }, (_, index) => index + 1),
  );
});
