import { deepEqual, equal, match, ok } from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { RawClient } from "../harness/http.ts";
import { until } from "../harness/processes.ts";
import { appFolder, start } from "../harness/server.ts";
import { AsyncServer, asyncApp } from "./async.ts";

/** The ways to run an app under the reactor: who calls it, and whether it was forked. */
const MANNERS = {
  "on the reactor": (t: TestContext) => AsyncServer.start(t, "api"),
  "on the reactor, forked from a mold": (t: TestContext) =>
    AsyncServer.start(t, "api", ["-w1", "-t1", "--preload"], "gossamer"),
  "in threads": (t: TestContext) =>
    AsyncServer.start(t, "api", ["--threaded", "--threadpool-size", "3"]),
} as const;

const LINE = Buffer.from("\r\n");
const END = Buffer.from("\r\n\r\n");

for (const [where, open] of Object.entries(MANNERS)) {
  test(`An app called ${where} answers later, by throw or by -1, from wherever it likes`, async (t) => {
    const app = await open(t);
    const isThreaded = where === "in threads";
    deepEqual(await app.ask("/reactor"), [200, `true ${!isThreaded} true true ${isThreaded}`]);
    const client = await app.client();
    for (const [path, status, text] of [
      ["/now?a", 200, "now a"],
      ["/throw?b", 200, "thrown b"],
      ["/minus?c", 201, "one two"],
      ["/inline?d", 200, "inline d"],
      ["/thread?e", 200, "from a thread e"],
      ["/defer?f", 200, "F"],
      ["/twice?g", 200, "first"],
      ["/now?h", 200, "now h"],
    ] as const) {
      client.get(path);
      const answer = await client.read();
      deepEqual([answer.status, answer.text], [status, text], path);
      equal(answer.field("content-type"), "text/plain");
    }
    deepEqual(await app.notes("c"), ["body closed"]);
    await app.noted("g", "body closed");
    equal((await app.server.stop()).code, 0);
  });

  test(`An app called ${where} sends a deferrable body as it comes, until it succeeds or fails`, async (t) => {
    const app = await open(t);
    for (const [path, end] of [
      ["/body?a", "/succeed?a"],
      ["/body?b", "/fail?b"],
      ["/returned?c", "/succeed?c"],
    ] as const) {
      const name = path.slice(-1);
      const client = await app.asking(path);
      match(String(await client.until(END)), /^HTTP\/1\.1 200 OK\r\n.*transfer-encoding: chunked/s);
      await app.noted(name, "each");
      for (const piece of ["one", "three"]) {
        await app.ask(`/add?${name}`, piece);
        const chunk = `${piece.length}\r\n${piece}\r\n`;
        equal(String(await client.bytes(chunk.length)), chunk);
      }
      await app.ask(end);
      equal(String(await client.until(Buffer.from("0\r\n\r\n"))), "0\r\n\r\n");
      await app.noted(name, "body closed");
      client.get("/now?again");
      equal((await client.read()).text, "now again");
    }
    ok((await app.notes("a")).includes("closed"), "async.close has succeeded");
    deepEqual(await app.ask("/ready?d"), [200, ""]);
  });

  test(`An app called ${where} keeps its word about the length of a deferrable body, or is cut`, async (t) => {
    const app = await open(t);
    const whole = await app.asking("/length?a");
    await app.noted("a", "each");
    for (const piece of ["abc", "def"]) await app.ask("/add?a", piece);
    await app.ask("/succeed?a");
    const answer = await whole.read();
    deepEqual([answer.text, answer.field("content-length")], ["abcdef", "6"]);
    whole.get("/now?on");
    equal((await whole.read()).text, "now on");
    for (const [name, piece] of [
      ["short", "abc"],
      ["long", "abcdefghi"],
    ] as const) {
      const client = await app.asking(`/length?${name}`);
      await client.until(END);
      await app.noted(name, "each");
      await app.ask(`/add?${name}`, piece);
      await app.ask(`/succeed?${name}`);
      equal(String(await client.rest()), name === "short" ? "abc" : "");
      await app.server.waitForLine(/failed in the middle of its body: The body/);
    }
  });

  test(`An app called ${where} gives no body to HEAD and 204, and is told that they are over`, async (t) => {
    const app = await open(t);
    const client = await app.client();
    client.send("HEAD /body?h HTTP/1.1\r\nHost: x\r\n\r\n");
    equal((await client.read("HEAD")).status, 200);
    client.get("/empty?e");
    equal((await client.read()).status, 204);
    for (const name of ["h", "e"]) {
      await app.noted(name, "closed");
      deepEqual((await app.notes(name)).includes("each"), false);
    }
  });

  test(`An app called ${where} hears of clients that leave`, async (t) => {
    const app = await open(t);
    const poll = await app.asking("/poll?p");
    await app.noted("p", "polls");
    poll.socket.resetAndDestroy();
    await app.noted("p", "closed");
    // It answers all the same, which is nobody's business any more.
    deepEqual(await app.ask("/answer?p"), [200, "said"]);
    await app.noted("p", "body closed");
    const stream = await app.asking("/body?b");
    await stream.until(END);
    await app.ask("/add?b", "one");
    stream.socket.resetAndDestroy();
    await app.noted("b", "body failed");
    await app.noted("b", "closed");
    await app.noted("b", "body closed");
    deepEqual(await app.ask("/add?b", "two"), [200, "added"]);
    equal((await app.server.stop()).code, 0);
  });

  test(`An app called ${where} that fails when it answers is told of by 500 and the log`, async (t) => {
    const app = await open(t);
    for (const [path, words] of [
      ["/raise?a", /GET \/raise\?a failed: no a \(RuntimeError\)/],
      ["/bad-body?b", /GET \/bad-body\?b failed: no b \(RuntimeError\)/],
      ["/bad-header?c", /GET \/bad-header\?c failed: The header x-a/],
    ] as const) {
      equal((await app.ask(path))[0], 500, path);
      await app.server.waitForLine(words);
    }
    await app.noted("c", "closed");
    await app.noted("c", "body closed");
    deepEqual(await app.ask("/now?d"), [200, "now d"]);
  });

  test(`An app called ${where} may take its connection over later, or not at all`, async (t) => {
    const app = await open(t);
    const client = await app.asking("/hijack?mine");
    match(String(await client.rest()), /\r\n\r\nmine$/);
    const other = await app.asking("/hijack-unused?x");
    const { text, fields } = await other.read();
    equal(text, "not hijacked x");
    equal(
      fields.some(([name, value]) => name === "connection" && value === "close"),
      false,
    );
    other.get("/now?x");
    equal((await other.read()).text, "now x");
  });

  test(`An app called ${where} may wait with a body's file and its callbacks until they are sent`, async (t) => {
    const app = await open(t);
    equal((await app.ask("/file?f"))[1], await readFile(asyncApp("api"), "utf8"));
    await app.noted("f", "body closed");
    await app.ask("/finished?r");
    await app.noted("r", "finished 200 nil");
  });

  test(`A slow client of an app called ${where} holds up nobody, and gets all of sixteen megabytes`, async (t) => {
    const app = await open(t);
    for (const path of ["/big?answered", "/pour?returned"]) {
      const name = path.split("?")[1] ?? "";
      const slow = await app.asking(path);
      const head = String(await slow.until(END));
      slow.socket.pause();
      deepEqual(await app.ask("/now?x"), [200, "now x"]);
      deepEqual(await app.notes(name), [], "it is not through");
      slow.socket.resume();
      const isChunked = /transfer-encoding: chunked/.test(head);
      const body = isChunked ? await bodyOf(slow) : await slow.bytes(256 * 65_536);
      equal(body.length, 256 * 65_536);
      equal(body[255 * 65_536], 97 + (255 % 26));
      await app.noted(name, "closed");
    }
  });
}

/** The chunked body of a response whose head has been read. */
async function bodyOf(client: RawClient): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for (;;) {
    const size = Number.parseInt(String(await client.until(LINE)), 16);
    chunks.push((await client.bytes(size + 2)).subarray(0, -2));
    if (size === 0) return Buffer.concat(chunks);
  }
}

for (const args of [[], ["--stream-uploads"]]) {
  for (const threads of ["1", "2"]) {
    const manner = [`--threads ${threads}`, ...args].join(" ");
    test(`A body of any size can be read when the app answers (${manner})`, async (t) => {
      const words = ["-w1", "-t", threads, ...args];
      const app = await AsyncServer.start(t, "api", words, "gossamer");
      for (const sizeBytes of [0, 10, 70_000, 3_000_000]) {
        const body = Buffer.alloc(sizeBytes, "ab");
        const sum = Math.ceil(sizeBytes / 2) * 97 + Math.floor(sizeBytes / 2) * 98;
        // Ruby's String#sum is of 16 bits.
        deepEqual(await app.ask("/upload", body), [200, `${sizeBytes} ${sum % 65_536}`]);
      }
    });
  }
}

test("An upload that trickles in holds up nobody on the reactor, and one that breaks off never reaches the app", async (t) => {
  const app = await AsyncServer.start(t, "api", ["-w1", "-t1", "--stream-uploads"], "gossamer");
  const client = await app.client();
  client.send("POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nab");
  deepEqual(await app.ask("/now?a"), [200, "now a"]);
  client.send("cd");
  equal((await client.read()).text, "4 394");
  const broken = await app.client();
  broken.send("POST /nap?broken HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nab");
  deepEqual(await app.ask("/now?b"), [200, "now b"]);
  broken.socket.resetAndDestroy();
  deepEqual(await app.ask("/now?c"), [200, "now c"]);
  deepEqual(await app.notes("broken"), []);
  equal((await app.server.stop()).code, 0);
});

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
  await app.server.waitForLine(/cannot say \(RuntimeError\)/);
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
    5_000,
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
    await app.server.waitForLine(/uncaught throw :async/);
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
