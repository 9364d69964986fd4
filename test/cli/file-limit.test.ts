import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fromFlags, settle, toServerOptions } from "../../src/config/index.ts";
import { type ServerOptions, withinFileLimit } from "../../src/server/index.ts";
import { RawClient } from "../harness/http.ts";
import { until } from "../harness/processes.ts";
import { appFolder, type Started, startCommand } from "../harness/server.ts";
import { ask } from "../server/ask.ts";
import { inhabitants } from "../server/inhabitants.ts";
import { site } from "./daemon.ts";

const HI = 'run ->(_) { [200, {}, ["hi"]] }';
const linuxOnly = { skip: process.platform !== "linux" && "there is no /proc here" };

/** What one worker with one thread needs beside connections: 48 files, and two sockets for each of two workers. */
const OTHERS = 52;

function optionsWith(connections: number): ServerOptions {
  const said = fromFlags([
    ["maxConns", String(connections)],
    ["workers", "1"],
    ["threads", "1"],
  ]);
  const ruby = {
    path: "/usr/bin/ruby",
    version: "3.1.2",
    engine: "ruby",
    platform: "x",
    hasYjit: false,
    otherThan: undefined,
  };
  return toServerOptions(settle([said]), ruby, [], undefined);
}

test("withinFileLimit() leaves as many connections as files can be open for", () => {
  const fit = (wanted: number, limit: number): number =>
    withinFileLimit(optionsWith(wanted), limit).http.connectionLimit;
  assert.equal(fit(1_000, 1_000 + OTHERS), 1_000);
  assert.equal(fit(1_000, 999 + OTHERS), 999);
  assert.equal(fit(1_000, 1 + OTHERS), 1);
  assert.equal(fit(1_000, Number.POSITIVE_INFINITY), 1_000);
  assert.throws(() => fit(1_000, OTHERS), {
    name: "FileLimitError",
    message:
      "This process may have 52 files open, and needs 52 before the first connection. " +
      "Raise the hard limit to 1052: ulimit -Hn, or LimitNOFILE= of its service.",
  });
});

/** A command that may have no more files open than `limit` says: `-n 64` is for good, `-Sn 64` can be raised. */
function limited(
  t: TestContext,
  limit: string,
  words: readonly string[],
  cwd = process.cwd(),
): Started {
  const shell = ["-c", `ulimit ${limit}; exec "$@"`, "sh", ...words];
  return startCommand(t, "sh", shell, { cwd });
}

const ONE = ["-a", "127.0.0.1", "-p", "0"];

for (const [command, words, line] of [
  [
    "gossamer",
    ["serve", "-p", "0", "-w1", "-t1", "--max-conns", "1000"],
    /Only 48 connections of 1000 can be open at a time, as this process may have 100 files open\. Raise the hard limit \(ulimit -Hn, LimitNOFILE=\) or lower --max-conns/,
  ],
  ["thin", ["start", ...ONE], /Only 48 connections of 1024 can be open at a time, as this/],
] as const) {
  test(
    `${command} says when there are too few files for its connections, and turns away who is too many`,
    linuxOnly,
    async (t) => {
      const app = await appFolder(t, HI);
      const server = limited(t, "-n 100", [command, ...words, "-c", app]);
      const [, port = ""] = await server.waitForLine(/Listening on \S*:(\d+)/);
      assert.match(server.stdout(), line);
      if (command === "thin") assert.match(server.stdout(), /Maximum connections set to 48\n/);
      const clients: RawClient[] = [];
      for (let n = 0; n < 48; n++) {
        const client = await RawClient.open(t, { port: Number(port) });
        client.get("/");
        assert.equal((await client.read()).text, "hi");
        clients.push(client);
      }
      const late = await RawClient.open(t, { port: Number(port) });
      assert.equal((await late.read()).status, 503);
      clients[0]?.socket.destroy();
      const where = { port: Number(port), socketPath: "" };
      await until(
        async () => (await ask(where, "/")).text === "hi",
        10_000,
        () => "there is no room",
      );
      assert.doesNotMatch(server.stdout(), /File descriptors are running out/);
      assert.equal((await server.stop()).code, 0);
    },
  );
}

test("A low soft limit is no limit: Node raises it to the hard one", linuxOnly, async (t) => {
  const app = await appFolder(t, HI);
  const server = limited(t, "-Sn 100", ["thin", "start", ...ONE, "-c", app]);
  await server.waitForLine(/Maximum connections set to 1024\n[\s\S]*Listening on/);
  assert.doesNotMatch(server.stdout(), /can be open at a time/);
});

test("thin refuses to start where not one connection fits, in one line", linuxOnly, async (t) => {
  const line =
    "This process may have 120 files open, and needs 130 before the first connection. " +
    "Raise the hard limit to 1154: ulimit -Hn, or LimitNOFILE= of its service.\n";
  const place = await site(t, HI);
  for (const words of [[], ["-d"]]) {
    const threads = ["--threaded", "--threadpool-size", "40"];
    const thin = ["thin", "start", ...words, "-S", place.socket, ...threads];
    const refused = limited(t, "-n 120", thin, place.folder);
    assert.equal((await refused.exited).code, 1);
    assert.equal(refused.stderr(), line);
  }
});

test(
  "A front that has no descriptor left for the log of a new worker goes on, and has one later",
  linuxOnly,
  async (t) => {
    const app = await appFolder(t, HI);
    const log = join(app, "gossamer.log");
    const socket = join(app, "web.sock");
    const words = ["serve", app, "-w1", "-t1", "--no-preload", "-S", socket, "--log", log];
    const server = startCommand(t, "gossamer", words, {});
    const where = { port: 0, socketPath: socket };
    const isServed = async (): Promise<boolean> =>
      (await ask(where, "/").catch(() => undefined))?.text === "hi";
    await until(isServed, 20_000, server.stderr);
    const [worker = 0] = (await inhabitants(server.pid)).workers;
    // Below every number that is in use: nothing can be opened any more.
    allow(server.pid, 3);
    process.kill(worker, "SIGKILL");
    await until(
      async () => !(await inhabitants(server.pid)).workers.includes(worker),
      10_000,
      () => "it is not gone",
    );
    allow(server.pid, 1_000);
    await until(isServed, 20_000, () => "nobody serves");
    assert.equal((await server.stop()).code, 0);
  },
);

function allow(pid: number, files: number): void {
  execFileSync("prlimit", [`--pid=${pid}`, `--nofile=${files}:`]);
}

test("thin says so where it cannot even be loaded", linuxOnly, async (t) => {
  const refused = limited(t, "-n 24", ["thin", "start"]);
  assert.equal((await refused.exited).code, 1);
  const line =
    /^(?:thin cannot even be loaded: t|T)oo few files may be open.* Raise the hard limit: ulimit -Hn 1024, or LimitNOFILE= of \w+ service\.\n$/;
  assert.match(refused.stderr(), line);
});
