import assert from "node:assert/strict";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { descendants, until, untilGone } from "../harness/processes.ts";
import { appFolder, type ServeOptions, serve, start } from "../harness/server.ts";
import { ask } from "../server/ask.ts";
import { site } from "./daemon.ts";

/** Seconds: enough for an app that does load, also where the machine is busy. */
const LIMIT = "5";
const HI = 'run ->(_) { [200, {}, ["hi"]] }';

/** What a start says on stderr that fails with 1; nothing of it is left. */
async function failing(t: TestContext, options: ServeOptions): Promise<string> {
  const folder = await appFolder(t, "");
  const server = start(t, { ...options, env: { TMPDIR: folder } });
  await until(
    async () => (await server.children()).length > 0,
    20_000,
    () => "it starts nothing",
  );
  const below = await server.children();
  assert.deepEqual(await server.exited, { reason: "exit 1", code: 1 });
  await untilGone(below);
  await until(
    async () => (await readdir(folder)).length === 1,
    20_000,
    async () => `left: ${await readdir(folder)}`,
  );
  return server.stderr();
}

/** Apps that never load, by where Ruby is then. */
const STUCK: readonly (readonly [what: string, source: string, place: string])[] = [
  ["sleeps", "\n\nsleep", "config.ru:3"],
  ["goes round in circles", "\nloop do\n  1 + 1\nend", "config.ru:"],
  [
    "waits in Ruby's own library for a program",
    'require "open3"\n\n\nOpen3.capture2("sleep", "1000")',
    "config.ru:4",
  ],
  ["waits in a file of its own", 'require "./wait"', "wait.rb:2"],
];

async function givesUp(
  t: TestContext,
  [, source, place]: (typeof STUCK)[number],
  options: Pick<ServeOptions, "command" | "args">,
): Promise<void> {
  const app = await appFolder(t, source);
  await writeFile(join(app, "wait.rb"), "def wait\n  sleep\nend\nwait\n");
  const args = [...(options.args ?? []), "--boot-timeout", LIMIT];
  const said = await failing(t, { ...options, app, args });
  const line =
    `The app did not load: it took longer than 5 s, and Ruby is at ${app}/${place}\\d*` +
    "\\. --boot-timeout gives it more time\\.\n";
  assert.match(said, new RegExp(`^(gossamer: )?${line}$`));
}

for (const stuck of STUCK) {
  test(`thin gives an app up that ${stuck[0]}, and says where`, (t) =>
    givesUp(t, stuck, { command: "thin" }));
}

for (const preload of ["--preload", "--no-preload"]) {
  test(`gossamer gives an app up that waits, and says where (${preload})`, async (t) => {
    for (const stuck of STUCK.slice(-2)) await givesUp(t, stuck, { args: ["-w2", preload] });
  });
}

test("A process that cannot even say where it is is given up all the same", async (t) => {
  const app = await appFolder(t, "Process.kill(:STOP, Process.pid)");
  const said = await failing(t, { app, command: "thin", args: ["--boot-timeout", LIMIT] });
  assert.equal(
    said,
    "The app did not load: it took longer than 5 s. --boot-timeout gives it more time.\n",
  );
});

test("--boot-timeout 0, and one of many days, wait as long as it takes", async (t) => {
  for (const limit of ["0", "1000h"]) {
    const app = await appFolder(t, `sleep 0.01 until File.exist?("go")\n${HI}`);
    const server = start(t, { app, args: ["-w1", "-p", "0", "--boot-timeout", limit] });
    await until(
      async () => (await server.children()).length > 0,
      20_000,
      () => "it starts nothing",
    );
    await writeFile(join(app, "go"), "");
    await server.waitForLine(/Listening on/);
    assert.equal((await server.stop()).code, 0);
  }
});

test("thin start -d fails when the app never loads, says where, and leaves nothing behind", async (t) => {
  const place = await site(t, "\nsleep");
  const { code, stdout, stderr } = await place.start("--boot-timeout", LIMIT);
  assert.deepEqual([code, stdout], [1, ""]);
  assert.equal(
    stderr,
    `The app did not load: it took longer than 5 s, and Ruby is at ${place.folder}/config.ru:2. --boot-timeout gives it more time.\n`,
  );
  assert.deepEqual(await readdir(join(place.folder, "tmp/pids")), []);
  assert.deepEqual((await readdir(place.folder)).sort(), ["config.ru", "log", "tmp"]);
});

test("thin restart fails when the new app never loads, says where, and the old workers serve on", async (t) => {
  const place = await site(t, HI);
  await place.start("--boot-timeout", LIMIT);
  const pid = await place.pid();
  const before = await descendants(pid);
  await writeFile(join(place.folder, "config.ru"), `sleep\n${HI}`);
  const { code, stderr } = await place.thin("restart");
  assert.equal(code, 1);
  assert.equal(
    stderr,
    "The restart failed, and the old workers serve on: The app did not load: it took longer than 5 s, " +
      `and Ruby is at ${place.folder}/config.ru:1. --boot-timeout gives it more time.\n`,
  );
  assert.equal((await ask({ port: 0, socketPath: place.socket }, "/")).text, "hi");
  assert.deepEqual([await place.pid(), await descendants(pid)], [pid, before]);
  await writeFile(join(place.folder, "config.ru"), HI.replace("hi", "new"));
  assert.equal((await place.thin("restart")).code, 0);
  assert.equal((await ask({ port: 0, socketPath: place.socket }, "/")).text, "new");
  assert.equal((await place.thin("stop")).code, 0);
});

for (const preload of ["--preload", "--no-preload"]) {
  test(`HUP keeps the old workers when the new app never loads (${preload})`, async (t) => {
    const app = await appFolder(t, HI);
    const args = ["-w2", "--boot-timeout", LIMIT, preload];
    const server = await serve(t, { app, args });
    const before = await server.children();
    await writeFile(join(app, "config.ru"), "\nsleep");
    server.signal("SIGHUP");
    await server.waitForLine(
      /Generation 2 could not be started, the old one stays: The app did not load: it took longer than 5 s, and Ruby is at \S+\/config\.ru:2\./,
    );
    assert.equal((await ask({ port: server.port, socketPath: "" }, "/")).text, "hi");
    await until(
      async () => (await server.children()).length === before.length,
      20_000,
      async () => `${before} before, ${await server.children()} after`,
    );
    assert.equal((await server.stop()).code, 0);
  });
}

/** Apps that do not load, and what is said first of them. */
const BROKEN: readonly (readonly [what: string, source: string, line: string])[] = [
  ["calls exit", "\nexit", "it called exit \\(SystemExit\\) at %/config\\.ru:2"],
  [
    "recurses without end",
    "def deep = deep\ndeep",
    "stack level too deep \\(SystemStackError\\) at %/config\\.ru:1",
  ],
  ["throws", "throw :out", "uncaught throw :out \\(UncaughtThrowError\\) at %/config\\.ru:1"],
  [
    "requires a file with a syntax error",
    'require "./broken"',
    "%/broken\\.rb:\\d+: syntax error.*\\(SyntaxError\\)",
  ],
  [
    "requires a file that requires one that is not there",
    'require "./lost"',
    "cannot load such file -- no/such/file \\(LoadError\\) at %/lost\\.rb:2",
  ],
  ["ends its process", "exit! 3", "Worker 1 ended before it was ready: .*exit 3.*"],
];

for (const [what, source, line] of BROKEN) {
  for (const [command, args] of [
    ["thin", []],
    ["gossamer", ["-w1"]],
  ] as const) {
    test(`${command} says first, with file and line, that an app ${what}`, async (t) => {
      const app = await appFolder(t, source);
      await writeFile(join(app, "broken.rb"), "def broken(\n");
      await writeFile(join(app, "lost.rb"), '\nrequire "no/such/file"\n');
      const refused = start(t, { app, command, args });
      assert.equal((await refused.exited).code, 1);
      const [first = ""] = refused.stderr().split("\n");
      const expected = `^(gossamer: )?(The app did not load: )?${line.replaceAll("%", app)}$`;
      assert.match(first, new RegExp(expected));
    });
  }
}

test("thin says that an app called abort, with its words and where", async (t) => {
  const app = await appFolder(t, "\nabort 'No key'");
  const refused = start(t, { app, command: "thin" });
  assert.equal((await refused.exited).code, 1);
  const line = `The app did not load: it called abort: No key (SystemExit) at ${app}/config.ru:2`;
  assert.equal(refused.stderr(), `No key\n${line}\n`);
});
