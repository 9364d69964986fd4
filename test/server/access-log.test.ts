import assert from "node:assert/strict";
import { mkdir, readdir, readFile, rename, symlink, writeFile } from "node:fs/promises";
import { Agent } from "node:http";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { RawClient } from "../harness/http.ts";
import { until } from "../harness/processes.ts";
import { type RunningServer, serve, start } from "../harness/server.ts";
import { ask } from "./ask.ts";
import { inhabitants } from "./inhabitants.ts";
import { appPath, ownFolder } from "./place.ts";

type Entry = Readonly<Record<string, unknown>>;

interface Logged extends RunningServer {
  readonly folder: string;
  readonly accessLog: string;
  /** The lines of the access log and of those that were moved away, oldest first. */
  lines(): Promise<readonly string[]>;
  /** The same as objects, once there are so many. */
  entries(count: number): Promise<readonly Entry[]>;
}

/** Serves an app of `apps/` with an access log in a folder of its own. */
async function logged(t: TestContext, app: string, args: readonly string[]): Promise<Logged> {
  const folder = await ownFolder(t);
  const accessLog = join(folder, "log/access.log");
  const server = await serve(t, {
    app: appPath(app),
    args: ["-w2", "-t1", "--access-log", accessLog, ...args],
    env: { TMPDIR: folder },
  });
  const lines = async (): Promise<readonly string[]> => {
    const names = (await readdir(join(folder, "log"))).sort().reverse();
    const texts = names.map((name) => readFile(join(folder, "log", name), "utf8"));
    return (await Promise.all(texts)).join("").split("\n").slice(0, -1);
  };
  const entries = async (count: number): Promise<readonly Entry[]> => {
    await until(
      async () => (await lines()).length >= count,
      10_000,
      async () => `no ${count} lines:\n${(await lines()).join("\n")}`,
    );
    return (await lines()).map((line) => JSON.parse(line) as Entry);
  };
  return { ...server, folder, accessLog, lines, entries };
}

test("The access log has one line for each request, whatever is moved away under load, and after a graceful stop", async (t) => {
  const server = await logged(t, "deeds", ["--access-log-format", "combined"]);
  let asked = 0;
  let isOver = false;
  const client = async (): Promise<void> => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    while (!isOver) await ask(server, `/?${asked++}`, { agent, headers: { "user-agent": "me" } });
    agent.destroy();
  };
  const clients = Array.from({ length: 16 }, client);
  const more = (count: number): Promise<void> => {
    const goal = asked + count;
    return until(
      () => asked >= goal,
      20_000,
      () => "no requests get through",
    );
  };
  for (let round = 1; round <= 10; round++) {
    await more(200);
    await rename(server.accessLog, `${server.accessLog}.${round}`);
    await more(50);
    server.signal("SIGUSR1");
    await until(
      () =>
        readFile(server.accessLog).then(
          () => true,
          () => false,
        ),
      10_000,
      () => "no new access log",
    );
  }
  await more(200);
  isOver = true;
  await Promise.all(clients);
  assert.equal((await server.stop()).code, 0);
  const lines = await server.lines();
  const pattern = /^127\.0\.0\.1 - - \[[^\]]+\] "GET \/\?(\d+) HTTP\/1\.1" 200 5 "-" "me"$/;
  const numbers = lines.map((line) => Number(pattern.exec(line)?.[1] ?? Number.NaN));
  assert.deepEqual(
    numbers.sort((a, b) => a - b),
    Array.from({ length: asked }, (_, at) => at),
  );
  assert.equal((await readdir(join(server.folder, "log"))).length, 11);
});

test("The access log tells as JSON which worker answered, after which wait", async (t) => {
  const server = await logged(t, "deeds", ["--access-log-format", "json"]);
  const gate = join(server.folder, "gate");
  const held = [ask(server, `/gate?${gate}`), ask(server, `/gate?${gate}`)];
  await server.waitForLine(/at the gate[\s\S]*at the gate/);
  const waiting = ask(server, "/pid", {
    headers: { "x-request-id": "mine", referer: "http://a/" },
  });
  const started = performance.now();
  await until(
    () => performance.now() - started > 50,
    20_000,
    () => "time stands still",
  );
  await writeFile(gate, "");
  const { text } = await waiting;
  await Promise.all(held);
  const entries = await server.entries(3);
  const entry = entries.find(({ path }) => path === "/pid");
  const { workers } = await inhabitants(server.pid);
  assert.ok(workers.includes(Number(text)));
  assert.ok([1, 2].includes(Number(entry?.["worker"])));
  assert.ok(Number(entry?.["queue_ms"]) > 30, `queue_ms ${entry?.["queue_ms"]}`);
  assert.ok(Number(entry?.["duration_ms"]) >= Number(entry?.["queue_ms"]));
  assert.deepEqual(
    [entry?.["request_id"], entry?.["referer"], entry?.["body_bytes"], entry?.["end"]],
    ["mine", "http://a/", text.length, "complete"],
  );
});

test("The access log has requests that are refused, that fail and that are given up", async (t) => {
  const server = await logged(t, "deeds", ["--access-log-format", "json", "--max-body", "10"]);
  const broken = await RawClient.open(t, { port: server.port });
  broken.send('GET /"quoted HTTP/9\r\n\r\n');
  await broken.rest();
  assert.equal((await ask(server, "/", { method: "POST", body: "more than ten" })).status, 413);
  assert.equal((await ask(server, "/raise")).status, 500);
  assert.equal((await ask(server, "/kill")).status, 502);
  const gone = await RawClient.open(t, { port: server.port });
  gone.get(`/gate?${join(server.folder, "gate")}`);
  await server.waitForLine(/at the gate/);
  gone.socket.resetAndDestroy();
  const entries = await server.entries(5);
  await writeFile(join(server.folder, "gate"), "");
  assert.deepEqual(
    entries.map(({ method, path, status, end }) => [method, path, status, end]),
    [
      ["GET", '/"quoted', 400, "refused"],
      ["POST", "/", 413, "refused"],
      ["GET", "/raise", 500, "complete"],
      ["GET", "/kill", 502, "complete"],
      ["GET", "/gate", 499, "client-left"],
    ],
  );
});

test("The access log tells of a taken connection when it is at its end", async (t) => {
  const server = await logged(t, "tunnels", ["--access-log-format", "json"]);
  for (const path of ["/full", "/partial"]) {
    const client = await RawClient.open(t, { port: server.port });
    client.send(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n`);
    await client.until(Buffer.from("\r\n\r\n"));
    client.send("echo");
    await client.until(Buffer.from("echo"));
    client.socket.end();
    await client.rest();
  }
  const entries = await server.entries(2);
  assert.deepEqual(
    entries.map(({ path, status, end, worker }) => [path, status, end, typeof worker]),
    [
      ["/full", 101, "tunnel", "number"],
      ["/partial", 101, "tunnel", "number"],
    ],
  );
  assert.ok(entries.every((entry) => Number(entry["body_bytes"]) > 40));
});

test("The access log has the requests that INT drops", async (t) => {
  const server = await logged(t, "deeds", ["--access-log-format", "json"]);
  const client = await RawClient.open(t, { port: server.port });
  client.get(`/gate?${join(server.folder, "gate")}`);
  await server.waitForLine(/at the gate/);
  server.signal("SIGINT");
  assert.equal((await server.exited).code, 0);
  const [entry] = await server.entries(1);
  assert.deepEqual([entry?.["path"], entry?.["status"], entry?.["end"]], ["/gate", 444, "dropped"]);
});

test("The access log goes to standard output with -, between the lines of the log", async (t) => {
  const server = await serve(t, { app: appPath("deeds"), args: ["--access-log", "-"] });
  await ask(server, "/?a");
  await server.waitForLine(/^127\.0\.0\.1 - - \[.*\] "GET \/\?a HTTP\/1\.1" 200 5 "-" "-"$/m);
  await ask(server, "/?b");
  assert.equal((await server.stop()).code, 0);
  assert.match(server.stdout(), /"GET \/\?b HTTP\/1\.1" 200/);
});

test("The access log goes to standard output with - also where the log goes to a file", async (t) => {
  const folder = await ownFolder(t);
  const log = join(folder, "a.log");
  const args = ["-p", "0", "--access-log", "-", "--log", log];
  const server = start(t, { app: appPath("deeds"), args });
  const text = (): Promise<string> => readFile(log, "utf8").catch(() => "");
  await until(async () => /Listening on/.test(await text()), 20_000, text);
  const port = Number(/Listening on \S+:(\d+)/.exec(await text())?.[1]);
  await ask({ port, socketPath: "" }, "/");
  assert.equal((await server.stop()).code, 0);
  assert.match(server.stdout(), /^127\.0\.0\.1 - - \[.*\] "GET \/ HTTP\/1\.1" 200 5 "-" "-"\n$/);
  assert.doesNotMatch(await text(), /GET/);
});

test("A full disk under the access log is told once, and ends nothing", async (t) => {
  const server = await serve(t, { app: appPath("deeds"), args: ["--access-log", "/dev/full"] });
  for (let n = 0; n < 3; n++) {
    assert.equal((await ask(server, "/")).text, "hello");
    await server.waitForLine(/Cannot write to \/dev\/full: the disk is full/);
  }
  assert.equal((await server.stop()).code, 0);
  const said = server.stdout() + server.stderr();
  assert.equal(said.split("Cannot write to /dev/full").length - 1, 1);
  assert.match(said, /\/dev\/full ends without 3 lines/);
});

test("A full disk under the log is told on standard error, and ends nothing", async (t) => {
  const folder = await ownFolder(t);
  const socket = join(folder, "web.sock");
  const server = start(t, {
    app: appPath("deeds"),
    args: ["-S", socket, "--log", "/dev/full"],
    env: { TMPDIR: folder },
  });
  const answers = async (): Promise<boolean> =>
    (await ask({ port: 0, socketPath: socket }, "/").catch(() => undefined))?.text === "hello";
  await until(answers, 20_000, () => "nobody answers");
  assert.equal((await server.stop()).code, 0);
  assert.match(server.stderr(), /Cannot write to \/dev\/full: the disk is full/);
  assert.match(server.stderr(), /\/dev\/full ends without \d+ lines/);
});

test("A log that cannot be opened anew is said so, and the old one is written to further on", async (t) => {
  const server = await logged(t, "deeds", []);
  await ask(server, "/?before");
  await rename(join(server.folder, "log"), join(server.folder, "old"));
  await writeFile(join(server.folder, "log"), "");
  server.signal("SIGUSR1");
  await server.waitForLine(/Cannot open \S+access\.log anew: its folder is a file\. What was open/);
  await ask(server, "/?after");
  assert.equal((await server.stop()).code, 0);
  const text = await readFile(join(server.folder, "old/access.log"), "utf8");
  assert.deepEqual(text.match(/\?\w+/g), ["?before", "?after"]);
});

const WRONG = [
  ["folder", "it is a folder"],
  ["file/a.log", "its folder is a file"],
  ["to-nowhere", "there can be no such file"],
] as const;

for (const [name, why] of WRONG) {
  test(`gossamer serve says in one line that an access log cannot be: ${why}`, async (t) => {
    const folder = await ownFolder(t);
    await mkdir(join(folder, "folder"));
    await writeFile(join(folder, "file"), "");
    await symlink("/proc/no/such", join(folder, "to-nowhere"));
    const path = join(folder, name);
    const server = start(t, { app: appPath("deeds"), args: ["--access-log", path] });
    assert.equal((await server.exited).code, 1);
    const advice = "Name another with --access-log FILE.";
    assert.equal(server.stderr(), `gossamer: Cannot write the log ${path}: ${why}. ${advice}\n`);
    assert.equal(server.stdout(), "");
  });
}
