import assert from "node:assert/strict";
import { readdir, rm } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { RawClient } from "../harness/http.ts";
import { descendants, until, untilGone, untilStopped } from "../harness/processes.ts";
import { appFolder, serve, start } from "../harness/server.ts";
import { ask } from "./ask.ts";
import { inhabitants } from "./inhabitants.ts";
import { appPath, type Housed, house, ownFolder } from "./place.ts";

/** Kills a process, and waits until it and everything of the server's is gone, files too. */
async function nothingStaysAfter(server: Housed, victim: number): Promise<void> {
  const all = await server.children();
  process.kill(victim, "SIGKILL");
  await untilGone([server.pid, ...all]);
  await emptied(server);
}

async function emptied(server: Pick<Housed, "leftovers">): Promise<void> {
  await until(
    async () => (await server.leftovers()).length === 0,
    20_000,
    async () => `left: ${await server.leftovers()}`,
  );
}

/** Sends a request whose end nobody waits for. */
async function busy(t: TestContext, server: Housed, path: string): Promise<void> {
  const client = await RawClient.open(t, { port: server.port });
  client.get(path);
}

/** What each worker may be at when the front dies; `sign` is what it says then. */
const DOINGS: readonly (readonly [what: string, path: string, sign: RegExp])[] = [
  ["idle", "", /Listening/],
  ["asleep", "/sleep?a", /hanging at a/],
  ["in a loop", "/spin", /spinning/],
  ["in C with the GVL", "/stuck-in-c", /stuck in C/],
  ["waiting for a child", "/child", /the child is \d+/],
  ["waiting for a fork", "/fork", /the fork is \d+/],
];

for (const [what, path, sign] of DOINGS) {
  for (const preload of path === "/stuck-in-c" ? ["--preload", "--no-preload"] : ["--preload"]) {
    test(`Nothing stays after the front is killed with a worker ${what} (${preload})`, async (t) => {
      const server = await house(t, "deeds", ["-w2", "-t2", preload]);
      if (path !== "") await busy(t, server, path);
      await server.waitForLine(sign);
      await nothingStaysAfter(server, server.pid);
    });
  }
}

for (const [what, path, sign] of DOINGS) {
  test(`Nothing of a worker stays after it is killed ${what}`, async (t) => {
    const server = await house(t, "deeds", ["-w1", "-t2"]);
    if (path !== "") await busy(t, server, path);
    await server.waitForLine(sign);
    const { workers, all } = await inhabitants(server.pid);
    const [worker = 0] = workers;
    const below = await descendants(worker);
    process.kill(worker, "SIGKILL");
    await untilGone([worker, ...below]);
    await server.waitForLine(/is gone \(SIGKILL\)/);
    assert.equal((await ask(server, "/")).text, "hello");
    const stayed = all.filter((pid) => pid !== worker && !below.includes(pid));
    assert.equal((await inhabitants(server.pid)).all.length, stayed.length + 1);
    assert.equal((await server.stop()).code, 0);
    await emptied(server);
  });
}

for (const preload of ["--preload", "--no-preload"]) {
  for (const signal of ["SIGKILL", "SIGTERM", "SIGINT"] as const) {
    test(`Nothing stays after ${signal} while the app loads (${preload})`, async (t) => {
      const app = await appFolder(t, '$stderr.puts "loading"; sleep 1000; run ->(_) {}');
      const folder = await ownFolder(t);
      const env = { TMPDIR: folder, XDG_RUNTIME_DIR: undefined };
      const server = start(t, { app, args: [preload, "-w2"], env });
      await server.waitForLine(/^loading$/m);
      const all = await server.children();
      assert.ok(all.length >= 2, `${all}`);
      server.signal(signal);
      const { code } = await server.exited;
      if (signal !== "SIGKILL") assert.equal(code, 0);
      await untilGone(all);
    });
  }

  test(`serve() gives up on an app that does not load in time (${preload})`, async (t) => {
    const app = await appFolder(t, '$stderr.puts "loading"; sleep 1000; run ->(_) {}');
    const server = start(t, { app, args: [preload, "-w2", "--boot-timeout", "2s"] });
    await server.waitForLine(/^loading$/m);
    const all = await server.children();
    assert.equal((await server.exited).code, 1);
    assert.equal(
      server.stderr().match(/it took longer than 2 s, and Ruby is at \S+config\.ru:1\./g)?.length,
      1,
    );
    await untilGone(all);
  });

  test(`serve() says once why an app does not load (${preload})`, async (t) => {
    const app = await appFolder(t, "\n\nraise ArgumentError, 'not today'\n");
    const server = start(t, { app, args: [preload, "-w3"] });
    assert.equal((await server.exited).code, 1);
    const said = `${server.stdout()}${server.stderr()}`;
    assert.equal(said.match(/not today/g)?.length, 1, said);
    assert.match(said, /config\.ru:3/);
    assert.doesNotMatch(said, /\.js:\d+/, "no stack of ours");
  });
}

test("Nothing stays of half an upload, nor of one that is with the app, when the front is killed", async (t) => {
  const server = await house(t, "deeds", ["-w1", "-t1"]);
  const half = await RawClient.open(t, { port: server.port });
  half.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n");
  half.send(Buffer.alloc(500_000));
  const busy = await RawClient.open(t, { port: server.port });
  busy.get("/sleep?b");
  await server.waitForLine(/hanging at b/);
  const queued = await RawClient.open(t, { port: server.port });
  queued.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n");
  queued.send(Buffer.alloc(200_000));
  const bodies = async (): Promise<number> => {
    const [inner = ""] = await server.leftovers();
    const names = await readdir(join(server.folder, inner));
    return names.filter((name) => !name.endsWith(".sock")).length;
  };
  await until(
    async () => (await bodies()) === 2,
    20_000,
    async () => `${await bodies()} files`,
  );
  await nothingStaysAfter(server, server.pid);
});

test("Workers outlive their mold, and a new one appears when one of them has to be replaced", async (t) => {
  const server = await house(t, "deeds", ["-w2", "-t1"]);
  const before = await inhabitants(server.pid);
  const [mold = 0] = before.molds;
  process.kill(mold, "SIGKILL");
  await untilGone([mold]);
  await server.waitForLine(/The mold of generation 1 is gone/);
  assert.ok(before.workers.includes(Number((await ask(server, "/pid")).text)));
  assert.equal((await ask(server, "/kill")).status, 502);
  await server.waitForLine(/is gone \(SIGKILL\)(?:.*\n)*.*The mold of generation 1 .*is ready/);
  await until(
    async () => (await inhabitants(server.pid)).workers.length === 1,
    20_000,
    async () => `workers: ${(await inhabitants(server.pid)).workers}`,
  );
  assert.equal((await ask(server, "/")).text, "hello");
  await nothingStaysAfter(server, server.pid);
});

test("A mold that no longer forks is replaced", async (t) => {
  const server = await house(t, "deeds", ["-w1", "-t1"]);
  const { workers, molds } = await inhabitants(server.pid);
  for (const mold of molds) process.kill(mold, "SIGSTOP");
  await Promise.all(molds.map(untilStopped));
  for (const worker of workers) process.kill(worker, "SIGKILL");
  // A stopped mold cannot say how its worker ended, nor that it cannot fork.
  await server.waitForLine(/The mold of generation 1 is gone \(SIGKILL\)/);
  assert.equal((await ask(server, "/")).text, "hello");
  assert.equal((await server.stop()).code, 0);
  await emptied(server);
});

test("Pool replaces a worker that is killed together with its mold", async (t) => {
  const server = await house(t, "deeds", ["-w1", "-t1"]);
  const { workers, molds } = await inhabitants(server.pid);
  const lost = ask(server, "/sleep?c");
  await server.waitForLine(/hanging at c/);
  for (const pid of [...workers, ...molds]) process.kill(pid, "SIGKILL");
  assert.equal((await lost).status, 502);
  assert.equal((await ask(server, "/")).text, "hello");
  assert.equal((await server.stop()).code, 0);
  await emptied(server);
});

test("A UNIX socket of a killed front is replaced by the next one's", async (t) => {
  const path = join(await ownFolder(t), "s");
  const args = ["-S", path, "-w1"];
  const first = await serve(t, { app: appPath("deeds"), args });
  const all = await first.children();
  process.kill(first.pid, "SIGKILL");
  await untilGone([first.pid, ...all]);
  await assert.rejects(
    new Promise((resolve, reject) => connect(path).on("connect", resolve).on("error", reject)),
    /ECONNREFUSED/,
  );
  const second = await serve(t, { app: appPath("deeds"), args });
  assert.equal((await ask(second, "/")).text, "hello");
  assert.equal((await second.stop()).code, 0);
  await rm(path).then(
    () => assert.fail("the socket is still there"),
    () => undefined,
  );
});
