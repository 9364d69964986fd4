import assert from "node:assert/strict";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { type TestContext, test } from "node:test";
import { until, untilGone } from "../harness/processes.ts";
import { appFolder, startCommand } from "../harness/server.ts";
import { ask } from "../server/ask.ts";
import { type Bundle, complaintsOf, endWith, serveRuby, startRuby } from "./ruby-server.ts";

/** Answers with what it was sent, and by whom. */
const APP = `
run lambda { |env|
  text = [env["REQUEST_METHOD"], env["PATH_INFO"], env["rack.input"]&.read, Process.pid].join(" ")
  [200, { "content-type" => "text/plain", "content-length" => text.bytesize.to_s }, [text]]
}`;

/** Answers once three requests are in it. */
const CROWD = `
inside = Queue.new
run lambda { |env|
  inside << env
  sleep 0.01 until inside.size == 3
  [200, { "content-type" => "text/plain" }, [env["rack.multithread"].to_s]]
}`;

const WHERE = ["-o", "127.0.0.1", "-p", "0"];

async function rackup(t: TestContext, bundle: Bundle, ...more: readonly string[]) {
  const cwd = await appFolder(t, APP);
  return await serveRuby(t, { bundle, cwd, words: ["rackup", "-s", "thin", ...WHERE, ...more] });
}

/** Runs a rackup that does not come up; resolves with what it says on standard error. */
async function failing(
  t: TestContext,
  words: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<readonly string[]> {
  const cwd = await appFolder(t, APP);
  const command = startRuby(t, {
    bundle: "rackup-3",
    cwd,
    words: ["rackup", "-s", "thin", ...words],
    env,
  });
  assert.equal((await command.exited).code, 1);
  return complaintsOf(command);
}

for (const bundle of ["rackup-2", "rackup-3"] as const) {
  for (const environment of ["development", "deployment"]) {
    test(`rackup -s thin serves in ${environment} by the process that has the app (${bundle})`, async (t) => {
      const server = await rackup(t, bundle, "-E", environment);
      const { status, text } = await ask(server, "/a", { method: "POST", body: "hello" });
      assert.deepEqual([status, text], [200, `POST /a hello ${server.pid}`]);
      assert.match(server.stdout(), /Thin web server \(v2\.0\.1 codename Thinception/);
      assert.match(server.stdout(), /Maximum connections set to 1024/);
    });
  }

  for (const signal of ["SIGINT", "SIGTERM", "SIGQUIT"] as const) {
    test(`rackup -s thin ends with 0 on ${signal}, and leaves nothing (${bundle})`, async (t) => {
      const server = await rackup(t, bundle);
      assert.equal((await ask(server, "/")).status, 200);
      const all = await server.children();
      server.signal(signal);
      assert.equal((await server.exited).code, 0, server.stderr());
      await untilGone(all);
      assert.deepEqual(await server.leftovers(), []);
    });
  }
}

test("rackup -s thin takes -O Threads, MaxConns and a socket for a host", async (t) => {
  const cwd = await appFolder(t, CROWD);
  const socket = join(cwd, "web.sock");
  const words = ["rackup", "-s", "thin", "-E", "none", "-o", socket, "-O", "Threads=3"];
  const server = await serveRuby(t, {
    bundle: "rackup-3",
    cwd,
    words: [...words, "-O", "MaxConns=77"],
  });
  assert.equal(server.socketPath, socket);
  const answers = await Promise.all([1, 2, 3].map(() => ask(server, "/")));
  assert.deepEqual(
    answers.map(({ text }) => text),
    ["true", "true", "true"],
  );
  assert.match(server.stdout(), /Maximum connections set to 77/);
});

test("rackup -s thin --help lists the options of the handler", async (t) => {
  const cwd = await appFolder(t, APP);
  const command = startRuby(t, {
    bundle: "rackup-3",
    cwd,
    words: ["rackup", "-s", "thin", "--help"],
  });
  assert.equal((await command.exited).code, 0);
  assert.match(command.stdout(), /Server-specific options for Rackup::Handler::Thin:/);
  assert.match(command.stdout(), /-O Threads=N +Requests to run at a time \(default: 1\)/);
});

test("rackup -s thin says in one line that a port is taken", async (t) => {
  const other = createServer();
  await new Promise<void>((listening) => other.listen(0, "127.0.0.1", listening));
  t.after(() => other.close());
  const { port } = other.address() as { port: number };
  const lines = await failing(t, ["-o", "127.0.0.1", "-p", String(port)]);
  assert.deepEqual(lines, [
    `thin: no acceptor (port is in use or requires root privileges): Cannot listen on 127.0.0.1:${port}: another process listens there. Stop it or choose another address`,
  ]);
});

test("rackup -s thin says in one line what is missing or makes no sense", async (t) => {
  assert.deepEqual(await failing(t, WHERE, { GOSSAMER_HOME: "/nowhere" }), [
    "thin: GOSSAMER_HOME is /nowhere, and that is not the folder of the Node package gossamer. Correct it or unset it.",
  ]);
  assert.deepEqual(await failing(t, WHERE, { GOSSAMER_NODE: "no-such-node" }), [
    "thin: Node was not found: there is no no-such-node to run. Install Node 20.19 or newer, or name it in GOSSAMER_NODE.",
  ]);
  assert.deepEqual(await failing(t, [...WHERE, "-O", "Threads=many"]), [
    'thin: threadpool_size is to be a whole number, not "many"',
  ]);
  assert.deepEqual(await failing(t, WHERE, { GOSSAMER_MAX_BODY: "many" }), [
    'thin: GOSSAMER_MAX_BODY: expected bytes, or a number with k, m or g, got "many".',
  ]);
});

test("rackup -s thin -D serves in the background, and TERM to its pid file's process ends it", async (t) => {
  const cwd = await appFolder(t, APP);
  const socket = join(cwd, "web.sock");
  const pidPath = join(cwd, "rack.pid");
  const words = ["rackup", "-s", "thin", "-o", socket, "-D", "-P", pidPath];
  const command = startRuby(t, { bundle: "rackup-3", cwd, words });
  assert.equal((await command.exited).code, 0);
  let answer: string | undefined;
  await until(
    async () => {
      answer = await ask({ port: 0, socketPath: socket }, "/").then(
        ({ text }) => text,
        () => undefined,
      );
      return answer !== undefined;
    },
    30_000,
    () => command.stderr(),
  );
  const pid = Number(answer?.split(" ").at(-1));
  endWith(t, pid);
  process.kill(pid, "SIGTERM");
  await untilGone([pid]);
});

test("gossamer front is not for people", async (t) => {
  const command = startCommand(
    t,
    process.execPath,
    [resolve(import.meta.dirname, "../../bin/gossamer.mjs"), "front"],
    {},
  );
  assert.equal((await command.exited).code, 2);
  assert.equal(
    command.stderr(),
    "gossamer: `gossamer front` is what the Ruby gem starts. To serve an app, run `gossamer serve`.\n",
  );
});
