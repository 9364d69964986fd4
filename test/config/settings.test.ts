import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import {
  fromEnvironment,
  fromFile,
  fromFlags,
  fromForeignEnvironment,
  NOTHING_TO_OPEN,
  settle,
  toServerOptions,
  unknownFlag,
} from "../../src/config/index.ts";

async function yaml(t: TestContext, name: string, text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "gossamer-"));
  t.after(() => rm(folder, { recursive: true }));
  await mkdir(dirname(join(folder, name)), { recursive: true });
  await writeFile(join(folder, name), text);
  return folder;
}

const tcp = (host: string, port: number) => ({ kind: "tcp", host, port }) as const;

test("settle() lets a flag win over a variable, that over the file, that over the default", async (t) => {
  const folder = await yaml(t, "gossamer.yml", "threads: 5\nmax_queue: 7\nmax-requests: 9\n");
  const settings = settle([
    fromFlags([["threads", "2"]]),
    fromEnvironment({ GOSSAMER_THREADS: "4", GOSSAMER_MAX_QUEUE: "8" }),
    await fromFile(folder, undefined),
  ]);
  assert.deepEqual(
    [settings.threads, settings.maxQueue, settings.maxRequests, settings.backlog],
    [2, 8, 9, 1024],
  );
});

test("settle() lets one way to say where to listen silence the weaker sources' other ways", () => {
  const file = fromFlags([
    ["listen", ":80"],
    ["socket", "a.sock"],
  ]);
  const settings = settle([fromFlags([["port", "4000"]]), file]);
  assert.deepEqual([settings.listen, settings.port, settings.socket], [[], 4000, undefined]);
  assert.deepEqual(settle([NOTHING_TO_OPEN]).listen, []);
  assert.deepEqual(settle([]).listen, [tcp("127.0.0.1", 3000)]);
});

test("fromFlags() collects what is repeatable and lets the last of the rest win", () => {
  const said = fromFlags([
    ["listen", "4000"],
    ["threads", "1"],
    ["listen", "[::1]:80"],
    ["threads", "2"],
  ]);
  assert.deepEqual(said, { listen: [tcp("127.0.0.1", 4000), tcp("::1", 80)], threads: 2 });
});

test("fromFile() reads YAML as Ruby does, from config/ too", async (t) => {
  const folder = await yaml(
    t,
    "config/gossamer.yml",
    'preload: no\nsocket_mode: 0660\nlisten: ["8080", /run/app.sock]\nworker_timeout: 1.5\nmax_memory: 512m\nlog:\n',
  );
  assert.deepEqual(await fromFile(folder, undefined), {
    preload: false,
    socketMode: 0o660,
    listen: [tcp("127.0.0.1", 8080), { kind: "unix", path: "/run/app.sock", mode: undefined }],
    workerTimeout: 1500,
    maxMemory: 512 * 1024 * 1024,
  });
});

test("fromFile() says nothing where there is no file, and complains of one that was named", async (t) => {
  const folder = await yaml(t, "empty.yml", "");
  assert.deepEqual(await fromFile(folder, undefined), {});
  assert.deepEqual(await fromFile(folder, "empty.yml"), {});
  await assert.rejects(fromFile(folder, "no.yml"), /Cannot read .*no\.yml \(ENOENT\)/);
});

test("fromFile() names the key, what was expected and what came", async (t) => {
  const folder = await yaml(t, "gossamer.yml", "threads: many\n");
  await assert.rejects(fromFile(folder, undefined), {
    message: 'gossamer.yml: threads: expected a whole number of at least 1, got "many".',
  });
});

test("an unknown option, variable or key is told with the nearest one", async (t) => {
  const folder = await yaml(t, "gossamer.yml", "max_requets: 3\n");
  await assert.rejects(fromFile(folder, undefined), {
    message: "Unknown key max_requets in gossamer.yml. Did you mean max_requests?",
  });
  assert.throws(() => fromEnvironment({ GOSSAMER_THREAD: "1" }), {
    message: "Unknown variable GOSSAMER_THREAD. Did you mean GOSSAMER_THREADS?",
  });
  assert.equal(
    unknownFlag("--no-preloda=1").message,
    "Unknown option --no-preloda. Did you mean --no-preload?",
  );
  assert.equal(unknownFlag("--frobnicate").message, "Unknown option --frobnicate.");
});

const REFUSED: readonly (readonly [Parameters<typeof fromFlags>[0][number], RegExp])[] = [
  [["port", "http"], /^--port: expected a whole number of at least 0, got "http"\.$/],
  [["workers", "0"], /^--workers: expected a whole number of at least 1, or auto/],
  [["maxBody", "lots"], /^--max-body: expected bytes/],
  [["timeout", "-1"], /^--timeout: expected seconds/],
  [["socketMode", "888"], /^--socket-mode: expected an octal mode/],
  [["logFormat", "xml"], /^--log-format: expected text or json, got "xml"/],
  [["listen", "localhost"], /^--listen: expected HOST:PORT/],
  [["listen", "[::1:80"], /^--listen: expected HOST:PORT/],
  [["rackup", ""], /^--rackup: expected a \.ru or \.rb file, got ""/],
];

for (const [given, message] of REFUSED) {
  test(`fromFlags() refuses ${given.join(" ")}`, () =>
    assert.throws(() => fromFlags([given]), { message }));
}

test("fromForeignEnvironment() hears RACK_ENV", () => {
  assert.deepEqual(fromForeignEnvironment({ RACK_ENV: "production", PATH: "/" }), {
    environment: "production",
  });
});

test("toServerOptions() makes every path absolute and leaves nothing open", () => {
  const ruby = {
    path: "/usr/bin/ruby",
    version: "3.1.2",
    engine: "ruby",
    platform: "x",
    hasYjit: false,
    otherThan: undefined,
  };
  const settings = settle([
    fromFlags([
      ["chdir", "/srv/app"],
      ["socket", "tmp/a.sock"],
      ["log", "log/a.log"],
    ]),
  ]);
  const options = toServerOptions(settings, ruby, [3], undefined);
  assert.deepEqual(options.listen, [
    { kind: "fd", fd: 3 },
    { kind: "unix", path: "/srv/app/tmp/a.sock", mode: 0o777 },
  ]);
  assert.deepEqual(
    [options.app.rackup, options.log, options.app.yjit],
    ["/srv/app/config.ru", "/srv/app/log/a.log", false],
  );
  assert.ok(options.pool.workers >= 1);
});
