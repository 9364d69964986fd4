import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { BLOCKS } from "./page.ts";

const PAGE = resolve(import.meta.dirname, "../../docs/DEPLOYING-LIKE-THIN.md");

test("docs/DEPLOYING-LIKE-THIN.md has no block that no test runs", () => {
  const names = readdirSync(import.meta.dirname).filter((name) => name.endsWith(".ts"));
  const tests = names.map((name) => readFileSync(join(import.meta.dirname, name), "utf8")).join();
  const unused = [...BLOCKS.keys()].filter((name) => !tests.includes(`"${name}"`));
  assert.deepEqual(unused, []);
  const fences = readFileSync(PAGE, "utf8").match(/^```./gm)?.length;
  assert.deepEqual(
    [BLOCKS.size, BLOCKS.size > 10],
    [fences, true],
    "each block has a name of its own",
  );
});
