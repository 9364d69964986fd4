import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { request } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type TestContext, test } from "node:test";
import { gemEnvironment } from "../../scripts/gems.mjs";
import { startChild } from "../../src/unix/index.ts";
import { descendants, until, untilGone } from "../harness/processes.ts";

const CHECKOUT = resolve(import.meta.dirname, "../..");

/** What a Procfile or an init script types, in the app's folder, with our commands first on PATH. */
async function bundleExecThin(t: TestContext, app: string) {
  const folder = await mkdtemp(join(tmpdir(), "gossamer-thin-"));
  const socketPath = join(folder, "web_server.sock");
  const cwd = join(CHECKOUT, "examples", app);
  const words = ["exec", "thin", "start", "--socket", socketPath, "-e", "production"];
  const bundle = gemEnvironment(join(cwd, "Gemfile"));
  const env = {
    ...process.env,
    ...bundle,
    PATH: `${join(CHECKOUT, "bin")}:${process.env["PATH"]}`,
  };
  const child = startChild("bundle", words, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  const hear = (text: Buffer): void => {
    said += text;
  };
  child.stdout?.on("data", hear);
  child.stderr?.on("data", hear);
  t.after(async () => {
    const pid = child.pid ?? 0;
    const pids = [pid, ...(await descendants(pid))];
    child.kill("SIGKILL");
    await untilGone(pids);
    await rm(folder, { recursive: true, force: true });
  });
  // The banner is printed before the socket is bound, as Thin has it.
  await until(
    async () => existsSync(socketPath),
    60_000,
    async () => `no socket; it said:\n${said}`,
  );
  return { child, socketPath, said: () => said };
}

function get(socketPath: string, path: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ socketPath, path, agent: false }, (response) => {
      let text = "";
      response.setEncoding("latin1").on("data", (piece: string) => {
        text += piece;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
      response.on("error", reject);
    });
    outgoing.on("error", reject).end();
  });
}

for (const [app, path, expected] of [
  ["sinatra", "/json", /[{]/],
  ["rails", "/", /<title>/],
] as const) {
  test(`bundle exec thin start serves examples/${app} on a socket, and QUIT loses nothing`, async (t) => {
    const { child, socketPath, said } = await bundleExecThin(t, app);
    const { status, text } = await get(socketPath, path);
    assert.equal(status, 200);
    assert.match(text, expected);
    assert.match(said(), /Thin web server \(v2\.0\.1 codename Thinception/);
    assert.match(said(), new RegExp(`Listening on ${socketPath}, CTRL\\+C to stop`));

    const slow = await startRequest(socketPath, path);
    child.kill("SIGQUIT");
    await until(
      async () => !existsSync(socketPath),
      10_000,
      async () => "the socket is still there",
    );
    assert.match(await slow.finish(), /^HTTP\/1\.1 200 OK\r\n/);
    const exit = await child.exited;
    assert.deepEqual([exit.reason, existsSync(socketPath)], ["exit 0", false]);
  });
}

/** A request of which the last byte is still missing, so that it is certainly in flight. */
async function startRequest(socketPath: string, path: string) {
  const socket = connect(socketPath);
  let received = "";
  socket.setEncoding("latin1").on("data", (text: string) => {
    received += text;
  });
  const ended = new Promise<void>((done, failed) => socket.on("close", done).on("error", failed));
  await new Promise<void>((sent) =>
    socket.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n`, () => sent()),
  );
  // Answered once, so that what was written before on the other connection has been read, too.
  await get(socketPath, path);
  return {
    async finish(): Promise<string> {
      socket.write("\r\n");
      await ended;
      return received;
    },
  };
}
