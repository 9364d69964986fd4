import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import fc from "fast-check";
import { readThin } from "../../src/cli/thin-command-line.ts";
import { fromThin, type ThinGiven, thinYaml, withThinFile } from "../../src/config/index.ts";

function given(...words: readonly string[]): ThinGiven {
  const asked = readThin(["config", ...words]);
  return asked.kind === "config" ? asked.given : new Map();
}

/** What a Ruby program makes of `input`. */
function ruby(program: string, input: string): string {
  const words = ["-EUTF-8", "-ryaml", "-rjson", "-e", program];
  const { stdout, stderr, status } = spawnSync("ruby", words, { input, encoding: "utf8" });
  assert.equal(status, 0, stderr);
  return stdout;
}

const byRuby = (yaml: string): unknown =>
  JSON.parse(ruby("puts JSON.generate(YAML.load($stdin.read))", yaml));

async function loaded(t: TestContext, yaml: string): Promise<ThinGiven> {
  const folder = await mkdtemp(join(tmpdir(), "gossamer-written-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, "f.yml"), yaml);
  return (await withThinFile(new Map([["config", "f.yml"]]), folder, process.env)).given;
}

const COMMAND_LINES: readonly string[] = [
  "",
  "-p 8080x -a ::1 -e staging",
  "-S tmp/t.sock -c sub/app -R other.rb",
  "-t 5 --threaded --threadpool-size 7 --max-conns 9 -q -D",
  "-r set -r ./lib/a -r other.ru",
  "--tag 12:30 -l log/a.log -P a.pid -s 3 -o 1 -w 9 -u nobody -g yes --prefix /x",
];

for (const line of COMMAND_LINES) {
  const words = line.split(" ").filter(Boolean);
  test(`thinYaml() writes what Ruby would write: ${line}`, async () => {
    const yaml = await thinYaml(given(...words), "/srv", {});
    assert.equal(yaml, ruby("print YAML.load($stdin.read).to_yaml", yaml));
  });

  test(`thinYaml() writes what means the same when it is read again: ${line}`, async (t) => {
    const asked = new Map([...given("-p", "3000"), ...given(...words)]);
    const yaml = await thinYaml(asked, "/srv", { RACK_ENV: "test" });
    const read = await loaded(t, yaml);
    const plain = {
      environment: "test",
      maxConns: 1024,
      maxPersistentConns: 100,
      ...fromThin(new Map([["timeout", "30"]])),
    };
    const { chdir, ...said } = { ...plain, ...fromThin(asked) };
    assert.deepEqual(fromThin(read), { ...said, chdir: join("/srv", chdir ?? "") });
    assert.equal(await thinYaml(read, "/srv", {}), yaml);
  });
}

test("thinYaml() leaves Ruby no number, time or symbol where a word was given", async () => {
  const tricky =
    "1_000 1,000 0x1f 0b1 010 1e3 .5 1. 12:30 1:30:00 :a ::1 y n yes No ON null ~ = << ! & * - ? | > % @ ` # .inf .nan 2026-11-24";
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string(),
    fc.stringMatching(/^[\d_,.:+eExX-]{1,8}$/),
  );
  const samples = fc.sample(text, 600).filter((one) => !/\p{Surrogate}/u.test(one));
  const words = [
    ...tricky.split(" "),
    "",
    " ",
    "a\nb",
    "a\u2028b\u0085\u007f\ufeff\uffff",
    ...samples,
  ];
  const yaml = await thinYaml(new Map([["require", words]]), "/srv", {});
  assert.deepEqual((byRuby(yaml) as { require: unknown }).require, words);
});

test("thinYaml() keeps the order of the options, after the defaults", async () => {
  const asked = given("-C", "f.yml", "--tag", "a", "-d", "-y", "-O", "-p", "1", "--all");
  const keys = Object.keys(byRuby(await thinYaml(asked, "/srv", {})) as object);
  const standard =
    "chdir environment address port timeout log pid max_conns max_persistent_conns require wait threadpool_size";
  assert.deepEqual(keys, [...standard.split(" "), "tag", "daemonize", "swiftiply", "onebyone"]);
});
