import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fromThin, type ThinGiven, withThinFile } from "../../src/config/index.ts";

/** Lays a file of this text over `given`, in a folder of its own. */
async function laid(t: TestContext, text: string, given: ThinGiven = new Map()) {
  const folder = await mkdtemp(join(tmpdir(), "gossamer-file-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, "f.yml"), text);
  const all = new Map([...given, ["config", "f.yml"] as const]);
  const { given: laid, warnings } = await withThinFile(all, folder, process.env);
  return { folder, warnings, options: Object.fromEntries(laid) };
}

test("withThinFile() gives back what was given where there is no file", async () => {
  const given = new Map([["port", "3000"]]);
  assert.deepEqual(await withThinFile(given, "/", {}), { given, warnings: [] });
});

test("withThinFile() overwrites key by key, and keeps the rest", async (t) => {
  const given = new Map([
    ["port", "1"],
    ["environment", "test"],
  ]);
  const { options } = await laid(t, ":port: 2\nthreaded: yes\n", given);
  assert.deepEqual(options, { port: "2", environment: "test", threaded: true });
});

test("withThinFile() takes away what the file says nothing or false to", async (t) => {
  const given = new Map<string, string | boolean>([
    ["port", "1"],
    ["quiet", true],
    ["debug", true],
    ["tag", "a"],
  ]);
  const { options } = await laid(t, "port:\nquiet: false\ndebug: off\n", given);
  assert.deepEqual(options, { tag: "a" });
});

const VALUES: readonly (readonly [yaml: string, key: string, value: unknown])[] = [
  ['port: "3000"', "port", "3000"],
  ["port: 0x50", "port", "80"],
  ["port: 1\nport: 2", "port", "2"],
  ["port: 1\n:port: 2", "port", "2"],
  ["max-conns: 5", "max_conns", "5"],
  [":no-epoll: true", "no_epoll", true],
  ["no_epoll: 1", "no_epoll", true],
  ["swiftiply: true", "swiftiply", true],
  ["swiftiply:", "swiftiply", true],
  ["swiftiply: false", "swiftiply", undefined],
  ["tag: 1.0", "tag", "1.0"],
  ["tag: 2026-11-24", "tag", "2026-11-24"],
  ["environment: :production", "environment", "production"],
  ["address: ::1", "address", "::1"],
  ["require: set", "require", ["set"]],
  ["require: [set, 1]", "require", ["set", "1"]],
  ["require: []", "require", undefined],
  ["base: &base {port: 7}\n<<: *base", "port", "7"],
  ["--- {port: 8}\n--- {port: 9}", "port", "8"],
];

for (const [yaml, key, value] of VALUES) {
  test(`withThinFile() reads ${JSON.stringify(yaml)}`, async (t) => {
    assert.deepEqual((await laid(t, yaml)).options[key], value);
  });
}

test("withThinFile() takes chdir from where the command was typed", async (t) => {
  const { folder, options } = await laid(t, "chdir: app\n");
  assert.equal(options["chdir"], join(folder, "app"));
});

test("withThinFile() takes a required config.ru for the rackup file, with Thin's warning", async (t) => {
  const { options, warnings } = await laid(t, "require: [set, other.ru]\n");
  assert.deepEqual(options, { require: ["set"], rackup: "other.ru" });
  assert.deepEqual(warnings, ["WARNING: Use the -R option to load a Rack config file"]);
});

test("fromThin() reads the numbers of a file as leniently as those of a command line", async (t) => {
  const { options } = await laid(t, "port: 80x\ntimeout: 7.9\naddress: ::1\n");
  const said = fromThin(new Map(Object.entries(options)));
  assert.deepEqual(said.listen, [{ kind: "tcp", host: "::1", port: 80 }]);
  assert.equal(said.timeout, 7000);
});
