import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import {
  type AnyFact,
  jsonFormat,
  openDestination,
  textFormat,
  thinFormat,
} from "../../src/observe/index.ts";
import { startChild } from "../../src/unix/index.ts";
import { request } from "../pool/scripted-engine.ts";

const WALL_MS = Date.UTC(2026, 10, 24, 12, 40, 28, 123);

const READY: AnyFact = { type: "worker-ready", number: 1, generation: 1, pid: 4242, bootMs: 412 };
const FAILED: AnyFact = {
  type: "worker-load-failed",
  number: 2,
  restartInMs: 2_000,
  message: "config.ru:1: undefined local variable `rum'\n  from config.ru:1\n  from boot.rb:9",
};
const LISTENER: AnyFact = { type: "listener-open", address: { kind: "unix", path: "/run/a.sock" } };
const PLAIN = { isDebugging: false, isTracing: false };

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
  const format = thinFormat(PLAIN);
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
  const loud = thinFormat({ isDebugging: true, isTracing: true });
  assert.match(loud(starting, WALL_MS), /Debugging ON\n.*Tracing ON\n.*Maximum connections/);
  assert.equal(format(READY, WALL_MS) + format(LISTENER, WALL_MS), "");
});

/** A destination, and what becomes of it. */
function open(file: string) {
  const facts: AnyFact[] = [];
  const destination = openDestination({ file, option: "--log" }, (fact) => facts.push(fact));
  return { destination, facts };
}

test("Destination follows a log that was moved away only when it is told to", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "gossamer-"));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, "log/a.log");
  const destination = open(file).destination;
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
    const destination = openDestination({ file: undefined, option: "--log" }, () => {});
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

async function ownFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "gossamer-"));
  t.after(() => rm(folder, { recursive: true }));
  return folder;
}

test("Destination says once that the disk is full, goes on, and counts what was lost", async () => {
  const { destination, facts } = open("/dev/full");
  for (let n = 0; n < 100; n++) destination.write(`line ${n}\nand its details\n`);
  assert.deepEqual(facts, [{ type: "log-failed", path: "/dev/full", reason: "the disk is full" }]);
  destination.close();
  destination.close();
  assert.deepEqual(facts.slice(1), [{ type: "log-lost", path: "/dev/full", lostLines: 200 }]);
});

test("Destination keeps no more than 16 MiB for a disk that is full", async () => {
  const { destination, facts } = open("/dev/full");
  const megabyte = `${"x".repeat(1024 * 1024 - 1)}\n`;
  for (let n = 0; n < 40; n++) destination.write(megabyte);
  const before = process.memoryUsage().rss;
  for (let n = 0; n < 400; n++) destination.write(megabyte);
  assert.ok(process.memoryUsage().rss - before < 64 * 1024 * 1024);
  destination.close();
  assert.deepEqual(facts.at(-1), { type: "log-lost", path: "/dev/full", lostLines: 440 });
});

test("Destination writes what waited as soon as there is room again, and tells what was lost", async (t) => {
  const folder = await ownFolder(t);
  const file = join(folder, "a.log");
  await symlink("/dev/full", file);
  const { destination, facts } = open(file);
  destination.write("one\n");
  destination.write(`${"x".repeat(17 * 1024 * 1024)}\n`);
  destination.write("three\n");
  await rm(file);
  assert.equal(destination.reopen(), true);
  destination.write("four\n");
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(await readFile(file, "utf8"), "one\nthree\nfour\n");
  destination.close();
  assert.deepEqual(facts.slice(1), [{ type: "log-recovered", path: file, lostLines: 1 }]);
});

test("Destination goes on with the old file when it cannot open a new one, and says so", async (t) => {
  const folder = await ownFolder(t);
  const file = join(folder, "log/a.log");
  const { destination, facts } = open(file);
  destination.write("one\n");
  await rename(join(folder, "log"), join(folder, "old"));
  await writeFile(join(folder, "log"), "");
  for (let n = 0; n < 3; n++) assert.equal(destination.reopen(), false);
  destination.write("two\n");
  assert.deepEqual(facts[0], {
    type: "log-not-reopened",
    path: file,
    reason: "its folder is a file",
  });
  await rm(join(folder, "log"));
  assert.equal(destination.reopen(), true);
  destination.write("three\n");
  destination.close();
  assert.equal(await readFile(join(folder, "old/a.log"), "utf8"), "one\ntwo\n");
  assert.equal(await readFile(file, "utf8"), "three\n");
});

test("Destination gives away its file and the folders it made, and no device", async (t) => {
  if (process.getuid?.() !== 0) return t.skip("only root can give files away");
  const folder = await ownFolder(t);
  const { destination } = open(join(folder, "a/b/c.log"));
  destination.giveTo(65_534, 65_534);
  destination.close();
  const owners = ["", "a", "a/b", "a/b/c.log"].map(
    async (name) => (await stat(join(folder, name))).uid,
  );
  assert.deepEqual(await Promise.all(owners), [0, 65_534, 65_534, 65_534]);
  const device = open("/dev/null").destination;
  device.giveTo(65_534, 65_534);
  device.close();
  assert.equal((await stat("/dev/null")).uid, 0);
});

test("thinFormat() says in Thin's words what scripts look for", () => {
  const format = thinFormat(PLAIN);
  const peer = { scheme: "http", remoteAddress: "192.0.2.1", remotePort: 1, localPort: 2 } as const;
  const refused = (status: number, reason: string): string =>
    format({ type: "request-refused", status, reason, peer }, WALL_MS).replace(/^.{26}/, "");
  assert.equal(
    refused(400, "Host is missing"),
    "Invalid request: Invalid HTTP format, parsing fails. (Host is missing)\n",
  );
  assert.equal(refused(413, "Too large"), "Invalid request: Too large\n");
  const failed = format(
    {
      type: "app-failed",
      worker: 1,
      pid: 2,
      request: { ...request("/x") },
      failure: { className: "RuntimeError", message: "boom", backtrace: ["a.rb:1", "b.rb:2"] },
      isCut: false,
    },
    WALL_MS,
  );
  assert.equal(
    failed.replace(/^.{26}/, ""),
    "Unexpected error while processing request: boom\n\ta.rb:1\n\tb.rb:2\n\tin GET /x (RuntimeError)\n\n",
  );
});

test("Formats show the bytes of a connection as they are, and how many are left out", () => {
  const peer = { scheme: "http", remoteAddress: "192.0.2.1", remotePort: 1, localPort: 2 } as const;
  const text = "GET / HTTP/1.1\r\n\r\n";
  const fact: AnyFact = { type: "bytes-received", peer, text, omittedBytes: 0 };
  assert.equal(thinFormat(PLAIN)(fact, WALL_MS).slice(26), `${text}\n`);
  assert.equal(
    thinFormat(PLAIN)({ ...fact, omittedBytes: 2 }, WALL_MS).slice(26),
    `${text}\n(2 bytes more)\n`,
  );
  const plain = textFormat({ least: "info", isTerminal: false })(fact, WALL_MS);
  assert.match(plain, /info {2}From 192\.0\.2\.1:1:\n {4}GET \/ HTTP\/1\.1\r\n/);
  assert.equal(JSON.parse(jsonFormat("info")(fact, WALL_MS)).text, text);
});

test("openDestination() says that it may not write a log", async (t) => {
  if (process.getuid?.() !== 0) return t.skip("root is kept from nothing");
  const folder = await ownFolder(t);
  const script = `
    import { openDestination } from "./src/observe/index.ts";
    process.setgid(65534);
    process.setuid(65534);
    openDestination({ file: process.argv[1], option: "--access-log" }, () => {});
  `;
  const words = ["--import=tsx", "--input-type=module", "-e", script, join(folder, "a.log")];
  const { status, stderr } = spawnSync(process.execPath, words, {
    cwd: join(import.meta.dirname, "../.."),
    encoding: "utf8",
  });
  assert.equal(status, 1);
  assert.match(
    stderr,
    /Cannot write the log \S+: permission denied\. Name another with --access-log FILE\./,
  );
});
