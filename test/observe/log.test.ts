import assert from "node:assert/strict";
import { mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import {
  type AnyFact,
  jsonFormat,
  openDestination,
  textFormat,
  thinFormat,
} from "../../src/observe/index.ts";
import { startChild } from "../../src/unix/index.ts";

const WALL_MS = Date.UTC(2026, 10, 24, 12, 40, 28, 123);

const READY: AnyFact = { type: "worker-ready", number: 1, generation: 1, pid: 4242, bootMs: 412 };
const FAILED: AnyFact = {
  type: "worker-load-failed",
  number: 2,
  restartInMs: 2_000,
  message: "config.ru:1: undefined local variable `rum'\n  from config.ru:1\n  from boot.rb:9",
};
const LISTENER: AnyFact = { type: "listener-open", address: { kind: "unix", path: "/run/a.sock" } };

test("textFormat() writes time, level and sentence, and indents what goes with it", () => {
  const format = textFormat({ least: "info", isTerminal: false });
  assert.equal(
    format(READY, WALL_MS) + format(FAILED, WALL_MS),
    "2026-11-24T12:40:28.123Z info  Worker 1 (4242) is ready after 0.41 s\n" +
      "2026-11-24T12:40:28.123Z error Worker 2 could not load the app; another starts in 2.00 s: config.ru:1: undefined local variable `rum'\n" +
      "      from config.ru:1\n      from boot.rb:9\n",
  );
});

test("textFormat() leaves out what is less serious than asked for", () => {
  const quiet = textFormat({ least: "warn", isTerminal: false });
  assert.equal(quiet(READY, WALL_MS), "");
  assert.notEqual(quiet(FAILED, WALL_MS), "");
});

test("textFormat() shows every fact with its figures when debugging", () => {
  const format = textFormat({ least: "debug", isTerminal: false });
  assert.match(
    format(LISTENER, WALL_MS),
    /debug Listening at unix:\/run\/a\.sock {2}\{"address":\{/,
  );
});

test("textFormat() shows the time of day on a terminal", () => {
  const format = textFormat({ least: "info", isTerminal: true });
  assert.match(format(READY, WALL_MS), /\d\d:\d\d:\d\d.* .*Worker 1 \(4242\) is ready/);
});

test("jsonFormat() writes one object a line, errors with their stacks", () => {
  const format = jsonFormat("info");
  assert.deepEqual(JSON.parse(format(READY, WALL_MS)), {
    time: "2026-11-24T12:40:28.123Z",
    level: "info",
    fact: "worker-ready",
    message: "Worker 1 (4242) is ready after 0.41 s",
    number: 1,
    generation: 1,
    pid: 4242,
    bootMs: 412,
  });
  const failed = format({ type: "handler-failed", error: new Error("boom") }, WALL_MS);
  assert.match(JSON.parse(failed).error, /^Error: boom\n/);
});

test("thinFormat() writes the banner as Thin does, and keeps quiet about what Thin does not know", () => {
  const format = thinFormat(false);
  const starting: AnyFact = {
    type: "server-starting",
    version: "0.1.0",
    environment: "production",
    directory: "/srv",
    rackup: undefined,
    adapter: "rack",
    ruby: "3.1.2",
    workers: 1,
    threads: 1,
    maxConnections: 1024,
  };
  const [first, second, third, ...more] = format(starting, WALL_MS).split("\n");
  assert.match(first ?? "", /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4} Using rack adapter$/);
  assert.match(second ?? "", /Thin web server \(v2\.0\.1 codename Thinception/);
  assert.match(third ?? "", /Maximum connections set to 1024$/);
  assert.deepEqual(more, [""]);
  assert.doesNotMatch(format({ ...starting, rackup: "a.ru" }, WALL_MS), /adapter/);
  assert.match(thinFormat(true)(starting, WALL_MS), /Debugging ON\n/);
  assert.equal(format(READY, WALL_MS) + format(LISTENER, WALL_MS), "");
});

test("Destination follows a log that was moved away only when it is told to", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "gossamer-"));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, "log/a.log");
  const destination = openDestination(file);
  destination.write("one\n");
  await rename(file, `${file}.1`);
  destination.write("two\n");
  destination.reopen();
  destination.write("three\n");
  destination.close();
  assert.equal(await readFile(`${file}.1`, "utf8"), "one\ntwo\n");
  assert.equal(await readFile(file, "utf8"), "three\n");
});

test("Destination loses no line at an exit, and survives a reader that went", async () => {
  const script = `
    import { openDestination } from "./src/observe/index.ts";
    const destination = openDestination(undefined);
    for (let line = 1; line <= 2000; line++) destination.write("line " + line + " " + "x".repeat(40) + "\\n");
    process.exit(7);
  `;
  const words = ["--import=tsx", "--input-type=module", "-e", script];
  const cwd = join(import.meta.dirname, "../..");
  const child = startChild(process.execPath, words, { cwd, stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  for await (const chunk of child.stdout ?? []) text += chunk;
  assert.deepEqual(await child.exited, { reason: "exit 7", code: 7 });
  assert.equal(text.trimEnd().split("\n").length, 2000);

  const deaf = startChild(process.execPath, words, { cwd, stdio: ["ignore", "pipe", "inherit"] });
  deaf.stdout?.destroy();
  assert.deepEqual(await deaf.exited, { reason: "exit 7", code: 7 });
});
