import assert from "node:assert/strict";
import { mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type Child, startChild } from "../../src/unix/index.ts";
import { RawClient } from "../harness/http.ts";
import { until } from "../harness/processes.ts";

interface Running {
  readonly child: Child;
  readonly port: number;
  readonly folder: string;
  /** What it has logged so far. */
  said(): string;
  sees(pattern: RegExp): Promise<void>;
}

async function run(t: TestContext, log?: string): Promise<Running> {
  const folder = await mkdtemp(join(tmpdir(), "gossamer-"));
  await writeFile(join(folder, "config.ru"), "");
  const script = join(import.meta.dirname, "echo-server.ts");
  const words = ["--import=tsx", script, folder, ...(log === undefined ? [] : [log])];
  const child = startChild(process.execPath, words, { stdio: ["ignore", "pipe", "pipe"] });
  t.after(async () => {
    child.kill("SIGKILL");
    await child.exited;
    await rm(folder, { recursive: true });
  });
  let text = "";
  const hear = (chunk: Buffer): void => {
    text += chunk;
  };
  child.stdout?.on("data", hear);
  child.stderr?.on("data", hear);
  const logged = async (): Promise<string> =>
    log === undefined ? text : readFile(join(folder, log), "utf8").catch(() => "");
  const sees = (pattern: RegExp): Promise<void> =>
    until(
      async () => pattern.test(await logged()),
      15_000,
      async () => `no ${pattern} in:\n${text}${await logged()}`,
    );
  await sees(/Listening on/);
  const port = Number(/Listening on 127\.0\.0\.1:(\d+)/.exec(await logged())?.[1]);
  return { child, port, folder, said: () => text, sees };
}

test("serve() writes Thin's banner and ends with 0 on TERM, after what is in flight", async (t) => {
  const { child, port, said, sees } = await run(t);
  const slow = await RawClient.open(t, { port });
  slow.get("/slow");
  const other = await RawClient.open(t, { port });
  // Half a request, so that the connection is not idle and stays.
  other.send("GET /go HTTP/1.1\r\nHost: localhost\r\n");
  child.kill("SIGTERM");
  await sees(/Waiting for 1 connection\(s\) to finish, can take up to 30 sec, CTRL\+C to stop now/);
  other.send("\r\n");
  assert.match((await slow.read()).text, /^\/slow of /);
  slow.socket.end();
  other.socket.end();
  assert.deepEqual(await child.exited, { reason: "exit 0", code: 0 });
  const time = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4} `;
  const banner = [
    "Using rack adapter",
    String.raw`Thin web server \(v2\.0\.1 codename Thinception.*`,
    String.raw`Maximum connections set to \d+`,
    String.raw`Listening on 127\.0\.0\.1:\d+, CTRL\+C to stop`,
  ];
  assert.match(said(), new RegExp(`^${banner.map((line) => `${time}${line}\n`).join("")}`));
});

test("serve() stops now on INT, and a second INT of the same key press changes nothing", async (t) => {
  const { child, port, sees } = await run(t);
  const slow = await RawClient.open(t, { port });
  slow.get("/slow");
  child.kill("SIGINT");
  child.kill("SIGINT");
  await sees(/Stopping \.\.\./);
  assert.equal((await slow.rest()).length, 0);
  assert.equal((await child.exited).code, 0);
});

test("serve() takes the second TERM for now", async (t) => {
  const { child, port, sees } = await run(t);
  const slow = await RawClient.open(t, { port });
  slow.get("/slow");
  child.kill("SIGTERM");
  await sees(/Waiting for/);
  child.kill("SIGTERM");
  await sees(/Stopping \.\.\./);
  assert.equal((await child.exited).code, 0);
});

test("serve() outlives a restart that fails, and hears TTIN and TTOU", async (t) => {
  const { child, sees } = await run(t);
  child.kill("SIGHUP");
  await sees(/Restarting \.\.\./);
  child.kill("SIGTTIN");
  await sees(/The queue is full: 1 request/);
  child.kill("SIGTTOU");
  await sees(/The queue is full: -1 request/);
  child.kill("SIGQUIT");
  assert.equal((await child.exited).code, 0);
});

test("serve() opens its log anew on USR1", async (t) => {
  const { child, folder, sees } = await run(t, "log/app.log");
  const log = join(folder, "log/app.log");
  await rename(log, `${log}.1`);
  child.kill("SIGUSR1");
  await sees(/could not be started.*log\/app\.log/);
  const old = await readFile(`${log}.1`, "utf8");
  assert.match(old, new RegExp(`Reopening log file: ${log}\n$`));
  child.kill("SIGTERM");
  assert.equal((await child.exited).code, 0);
});
