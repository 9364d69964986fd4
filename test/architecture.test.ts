import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { basename, join, relative, resolve, sep } from "node:path";
import { test } from "node:test";

/** Which rooms each room may import. The picture of it is in docs/ARCHITECTURE.md. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  kit: [],
  unix: ["kit"],
  message: ["kit"],
  control: ["kit", "unix"],
  ruby: ["kit", "unix"],
  http: ["kit", "message"],
  pool: ["kit", "message"],
  rack: ["kit", "message", "ruby"],
  server: ["kit", "unix", "message", "control", "http", "pool", "rack"],
  supervise: ["kit", "unix", "control", "ruby"],
  deploy: ["kit", "unix", "control"],
  observe: ["kit", "message"],
  export: ["kit"],
  config: ["kit", "ruby"],
};

/** Which it may know the shapes of besides: `import type`, nothing that runs. */
const MAY_KNOW: Readonly<Record<string, readonly string[]>> = {
  rack: ["pool"],
  observe: ["http", "pool", "rack", "server", "supervise", "deploy", "control"],
  export: ["config", "supervise"],
  config: ["server", "supervise"],
};

/** Values that cross without a general arrow: defaults, and an address's own spelling. */
const MAY_TAKE: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  config: {
    http: ["HTTP_DEFAULTS", "AddressError", "formatAddress", "parseAddress"],
    pool: ["POOL_DEFAULTS"],
    rack: ["RACK_DEFAULTS"],
  },
  observe: { http: ["formatAddress"] },
};

const SRC = resolve(import.meta.dirname, "../src");
const IMPORT = /^\s*(?:import|export)\s+(type\s+)?([^"';]*?)\bfrom\s+"(\.[^"]+)"/gm;
const LAZY = /\bimport\("(\.[^"]+)"\)/g;

interface Import {
  readonly path: string;
  /** What it brings that exists when the program runs. */
  readonly values: readonly string[];
}

async function importsOf(file: string): Promise<readonly Import[]> {
  const text = await readFile(file, "utf8");
  const early = [...text.matchAll(IMPORT)].map(([, type, names = "", path = ""]) => ({
    path,
    values: type === undefined ? valuesIn(names) : [],
  }));
  const lazy = [...text.matchAll(LAZY)].map(([, path = ""]) => ({ path, values: ["*"] }));
  return [...early, ...lazy];
}

/** `{ type A, b as c }` brings `b`; anything that is no list brings everything. */
function valuesIn(names: string): readonly string[] {
  const list = /\{([^}]*)\}/.exec(names)?.[1];
  if (list === undefined) return ["*"];
  const words = list.split(",").map((word) => word.trim());
  return words
    .filter((word) => word !== "" && !word.startsWith("type "))
    .map((word) => word.split(" ")[0] ?? "");
}

function mayCross(room: string, other: string, values: readonly string[]): boolean {
  if (room === other || room === "cli" || MAY_IMPORT[room]?.includes(other)) return true;
  const taken = MAY_TAKE[room]?.[other] ?? [];
  const isKnown = taken.length > 0 || MAY_KNOW[room]?.includes(other) === true;
  return isKnown && values.every((value) => taken.includes(value));
}

const roomOf = (file: string): string => relative(SRC, file).split(sep)[0] ?? "";
const entries = await readdir(SRC, { recursive: true });
const files = entries.filter((name) => name.endsWith(".ts") && name.includes(sep)).sort();

for (const name of files) {
  test(`${name} imports only what its room may, and by the door`, async () => {
    const file = join(SRC, name);
    const room = roomOf(file);
    assert.ok(room === "cli" || MAY_IMPORT[room], `${room} is no room of the table`);
    for (const { path, values } of await importsOf(file)) {
      const target = resolve(file, "..", path);
      const other = roomOf(target);
      assert.ok(
        mayCross(room, other, values),
        `${room} may not import ${values.join(", ")} of ${other} (${path})`,
      );
      if (other !== room) assert.equal(basename(target), "index.ts", `${path} is past the door`);
    }
  });
}

test("of supervise, only what reads pills knows of Ruby", async () => {
  for (const name of files.filter((one) => one.startsWith(`supervise${sep}`))) {
    if (name.startsWith(join("supervise", "pill", sep))) continue;
    const rooms = (await importsOf(join(SRC, name))).map(({ path }) =>
      roomOf(resolve(SRC, name, "..", path)),
    );
    assert.ok(!rooms.includes("ruby"), name);
  }
});

test("console and process.exit are the command line's alone", async () => {
  for (const name of files.filter((one) => !one.startsWith(`cli${sep}`))) {
    const text = await readFile(join(SRC, name), "utf8");
    assert.doesNotMatch(text, /\bconsole\.|\bprocess\.exit\(/, name);
  }
});
