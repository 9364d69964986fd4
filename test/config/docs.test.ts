import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { test } from "node:test";
import { optionsMarkdown } from "../../src/config/index.ts";

test("docs/OPTIONS.md is what the table of options says (else: npm run build, node scripts/docs.mjs)", async () => {
  const page = await readFile(resolve(import.meta.dirname, "../../docs/OPTIONS.md"), "utf8");
  assert.equal(page, optionsMarkdown());
});
