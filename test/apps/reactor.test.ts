import { deepEqual, equal, match } from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { until } from "../harness/processes.ts";
import { appFolder, start } from "../harness/server.ts";
import { AsyncServer } from "./async.ts";

const END = Buffer.from("\r\n\r\n");

test("A thousand requests wait in one worker, and others are answered meanwhile", async (t) => {
  const app = await AsyncServer.start(t, "api", ["--max-conns", "2000"]);
  const polls = await Promise.all(
    Array.from({ length: 1_000 }, (_, n) => app.asking(`/poll?p${n}`)),
  );
  await until(
    async () => (await app.ask("/polls"))[1] === "1000",
    20_000,
    async () => `${(await app.ask("/polls"))[1]} polls`,
  );
  deepEqual(await app.ask("/answer-all"), [200, "1000"]);
  const answers = await Promise.all(polls.map((client) => client.read()));
  deepEqual(
    answers.map(({ text }) => text),
    polls.map((_, n) => `answer for p${n}`),
  );
  for (const client of polls.slice(0, 10)) {
    client.get("/now?again");
    equal((await client.read()).text, "now again");
  }
});

test("deferred? has a call made in EventMachine's pool, where it may block", async (t) => {
  const app = await AsyncServer.start(t, "deferred");
  deepEqual(await app.ask("/"), [200, "reactor false"]);
  deepEqual(await app.ask("/slow"), [200, "pool true"]);
  const blocked = app.ask("/slow-gate");
  deepEqual(await app.ask("/"), [200, "reactor false"]);
  deepEqual(await app.ask("/open"), [200, "reactor false"]);
  deepEqual(await blocked, [200, "pool true"]);
  equal((await app.ask("/undecided"))[0], 500);
  await app.server.waitForLine(/: cannot say/);
});

test("An app that has loaded EventMachine and does not use it has as many threads as without", async (t) => {
  const app = await AsyncServer.start(t, "deferred", ["-w1", "-t2"], "gossamer");
  const blocked = app.ask("/slow-gate");
  deepEqual(await app.ask("/open"), [200, "pool true"]);
  deepEqual(await blocked, [200, "pool true"]);
});

for (const signal of ["SIGTERM", "SIGHUP"] as const) {
  test(`${signal} waits for what is to be answered later`, async (t) => {
    const app = await AsyncServer.start(t, "api");
    const folder = await appFolder(t, "");
    const gate = join(folder, "gate");
    const [, pid] = await app.ask("/pid");
    const waiting = await app.asking(`/gate?${gate}`);
    const stream = await app.asking("/body?s");
    await stream.until(END);
    await app.server.waitForLine(/waits at the gate/);
    if (signal === "SIGHUP") await app.ask("/add?s", "x");
    else await app.ask("/succeed?s");
    app.server.signal(signal);
    if (signal === "SIGHUP") {
      await until(
        async () => (await app.ask("/pid"))[1] !== pid,
        20_000,
        () => "no new worker",
      );
      // The stream is the old worker's, which would wait for it: its client leaves.
      stream.socket.resetAndDestroy();
    } else {
      await until(
        () =>
          app.ask("/pid").then(
            () => false,
            () => true,
          ),
        10_000,
        () => "it still takes requests",
      );
    }
    await writeFile(gate, "");
    equal((await waiting.read()).text, "through");
    if (signal === "SIGHUP") {
      await until(
        async () => !(await app.server.children()).includes(Number(pid)),
        10_000,
        () => "the old worker does not leave",
      );
      equal((await app.server.stop()).code, 0);
    } else equal((await app.server.exited).code, 0);
  });
}

test("A reactor that hangs is replaced: 504 for who hangs, 502 for who waited for an answer later", async (t) => {
  const args = ["-w1", "-t1", "--worker-timeout", "1s"];
  const app = await AsyncServer.start(t, "api", args, "gossamer");
  const poll = await app.asking("/poll?p");
  await app.noted("p", "polls");
  equal((await app.ask("/hang?h"))[0], 504);
  equal((await poll.read()).status, 502);
  await app.server.waitForLine(/has been at GET \/hang\?h for/);
  await app.server.waitForLine(/in `hang_here'/);
  deepEqual(await app.ask("/now?a"), [200, "now a"]);
});

test("A long poll may take longer than a worker may hang", async (t) => {
  const args = ["-w1", "-t1", "--worker-timeout", "200ms"];
  const app = await AsyncServer.start(t, "api", args, "gossamer");
  const [, pid] = await app.ask("/pid");
  const poll = await app.asking("/poll?p");
  await app.noted("p", "polls");
  const startedAtMs = performance.now();
  await until(
    async () => (await app.ask("/now?x"))[0] === 200 && performance.now() - startedAtMs > 1_000,
    20_000,
    () => "time stands still",
  );
  await app.ask("/answer?p");
  equal((await poll.read()).text, "answer for p");
  deepEqual(await app.ask("/pid"), [200, pid]);
});

test("A timer of the app's that raises ends the worker, which is replaced, and the log says why", async (t) => {
  const app = await AsyncServer.start(t, "api");
  equal((await app.ask("/crash?c"))[0], 502);
  await app.server.waitForLine(/crash of c \(RuntimeError\)/);
  deepEqual(await app.ask("/now?a"), [200, "now a"]);
});

test("EventMachine may be running when the app is loaded, and be used before it runs", async (t) => {
  const rackup = `
    require "eventmachine"
    Thread.new { EventMachine.run { EventMachine.add_timer(0) { STARTED = true } } }
    sleep 0.01 until defined?(STARTED)
    TICKED = []
    EventMachine.next_tick { TICKED << Process.pid }
    run(lambda do |env|
      EventMachine.add_timer(0.01) { env["async.callback"].call([200, {}, ["later in #{TICKED.size}"]]) }
      throw :async
    end)
  `;
  const folder = await appFolder(t, rackup);
  for (const preload of ["--preload", "--no-preload"]) {
    for (const threads of ["1", "2"]) {
      const args = ["-w2", "-t", threads, preload];
      const app = await AsyncServer.start(t, join(folder, "config.ru"), args, "gossamer");
      const [status, text] = await app.ask("/");
      equal(status, 200);
      match(text, /^later in [01]$/);
      equal((await app.server.stop()).code, 0);
    }
  }
});

test("Every worker that a mold forks runs what the app has scheduled while it was loaded", async (t) => {
  const rackup = `
    require "eventmachine"
    TICKED = []
    EventMachine.next_tick { TICKED << Process.pid }
    run ->(env) { [200, {}, [(TICKED == [Process.pid]).to_s]] }
  `;
  const folder = await appFolder(t, rackup);
  const args = ["-w2", "-t1", "--preload"];
  const app = await AsyncServer.start(t, join(folder, "config.ru"), args, "gossamer");
  for (let n = 0; n < 8; n++) deepEqual(await app.ask("/"), [200, "true"]);
});

test("--reactor never leaves an app that has loaded EventMachine alone, for both commands", async (t) => {
  for (const command of ["thin", "gossamer"] as const) {
    const app = await AsyncServer.start(t, "api", ["--reactor", "never"], command);
    deepEqual(await app.ask("/reactor"), [
      200,
      command === "thin" ? "false false false false false" : "false false false false true",
    ]);
    equal((await app.ask("/throw?a"))[0], 500);
    await app.server.waitForLine(/(failed|processing request): eventmachine not initialized/);
    await app.server.stop();
  }
});

test("--reactor always brings EventMachine to an app that has not loaded it, or says what is missing", async (t) => {
  const folder = await appFolder(
    t,
    "run ->(env) { [200, {}, [EventMachine.reactor_running?.to_s]] }",
  );
  const app = await AsyncServer.start(t, join(folder, "config.ru"), ["--reactor", "always"]);
  deepEqual(await app.ask("/"), [200, "true"]);
  await writeFile(join(folder, "Gemfile"), "");
  for (const command of ["thin", "gossamer"] as const) {
    const lone = start(t, { app: folder, command, args: ["--reactor", "always"] });
    equal((await lone.exited).code, 1);
    match(lone.stderr(), /--reactor always needs the gem eventmachine/);
  }
});

test("--reactor that is none is refused, for both commands", async (t) => {
  const folder = await appFolder(t, "run ->(_) { [200, {}, []] }");
  const thin = start(t, { app: folder, command: "thin", args: ["--reactor", "on"] });
  equal((await thin.exited).code, 1);
  equal(
    thin.stderr(),
    "invalid argument: --reactor on (OptionParser::InvalidArgument). Use one of auto, always, never\n",
  );
  const gossamer = start(t, { app: folder, args: ["--reactor", "on"] });
  equal((await gossamer.exited).code, 2);
  match(gossamer.stderr(), /--reactor: expected auto or always or never, got "?on/);
});
