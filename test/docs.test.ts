import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { test } from "node:test";
import { type Order, orderOf, SIGNALS } from "../src/cli/signals.ts";

const ROOT = resolve(import.meta.dirname, "..");
const PAGES = ["README.md", "CONTRIBUTING.md", ...readdirSync(join(ROOT, "docs")).map(inDocs)];
const architecture = readFileSync(join(ROOT, "docs/ARCHITECTURE.md"), "utf8");

function inDocs(name: string): string {
  return join("docs", name);
}

test("docs/ARCHITECTURE.md names only files that exist", () => {
  const named = [...architecture.matchAll(/`((?:src|ruby|test)\/[\w./-]+\.(?:ts|rb))`/g)];
  const inSource = [
    ...architecture.matchAll(/`((?:http|pool|rack|observe|config)\/[\w./-]+\.ts)`/g),
  ];
  const paths = [
    ...named.map(([, path = ""]) => path),
    ...inSource.map(([, path = ""]) => join("src", path)),
  ];
  assert.ok(paths.length > 30);
  assert.deepEqual(
    paths.filter((path) => !existsSync(join(ROOT, path))),
    [],
  );
});

test("docs/ARCHITECTURE.md has a row for every room", () => {
  const rows = [...architecture.matchAll(/^\| `(\w+)` \|/gm)].map(([, room]) => room);
  const rooms = readdirSync(join(ROOT, "src"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
  assert.deepEqual([...rows].sort(), rooms.sort());
});

for (const page of PAGES) {
  test(`${page} links only to files that exist`, () => {
    const text = readFileSync(join(ROOT, page), "utf8");
    const targets = [...text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, to = ""]) => to);
    const missing = targets.filter((to) => !existsSync(join(ROOT, dirname(page), to)));
    assert.deepEqual(missing, []);
  });
}

test("docs/SIGNALS.md has a row for every signal, and says what it means", () => {
  const page = readFileSync(join(ROOT, "docs/SIGNALS.md"), "utf8");
  const rows = [...page.matchAll(/^\| `([A-Z0-9]+)` \| (.+?) \|/gm)];
  const listed = new Map(rows.map(([, name = "", means = ""]) => [`SIG${name}`, means]));
  assert.deepEqual([...listed.keys()].sort(), [...SIGNALS].sort());
  const begins: Readonly<Record<Order, RegExp>> = {
    stop: /^(stop:|as `TERM`)/,
    halt: /^leave now/,
    abandon: /^never$/,
    restart: /^(restart:|as `HUP`)/,
    reopen: /^open the log anew/,
    grow: /^one worker more/,
    shrink: /^one worker less/,
  };
  for (const signal of SIGNALS) {
    const order = orderOf(signal, undefined);
    assert.ok(order);
    assert.match(listed.get(signal) ?? "", begins[order], signal);
  }
});
