import { deepEqual, equal, match, ok } from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { RawClient } from "../harness/http.ts";
import { appFolder } from "../harness/server.ts";
import { AsyncServer, asyncApp } from "./async.ts";

/** The ways to run an app under the reactor: who calls it, and whether it was forked. */
const MANNERS = {
  "on the reactor": (t: TestContext, more: readonly string[] = []) =>
    AsyncServer.start(t, "api", more),
  "on the reactor, forked from a mold": (t: TestContext, more: readonly string[] = []) =>
    AsyncServer.start(t, "api", ["-w1", "-t1", "--preload", ...more], "gossamer"),
  "in threads": (t: TestContext, more: readonly string[] = []) =>
    AsyncServer.start(t, "api", ["--threaded", "--threadpool-size", "3", ...more]),
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
      await app.server.waitForLine(/: The body (is longer than|ended after)/);
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
      ["/raise?a", /(failed|processing request): no a/],
      ["/bad-body?b", /(failed|processing request): no b/],
      ["/bad-header?c", /(failed|processing request): The header x-a/],
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

  test(`A slow client of an app called ${where} holds up nobody, and gets all of its body`, async (t) => {
    // A socket that holds little, so that most of it has to wait.
    const folder = await appFolder(t, "");
    const app = await open(t, ["-S", join(folder, "web.sock")]);
    for (const path of ["/big?answered", "/pour?returned"]) {
      const name = path.split("?")[1] ?? "";
      const slow = await app.asking(path);
      const head = String(await slow.until(END));
      slow.socket.pause();
      deepEqual(await app.ask("/now?x"), [200, "now x"]);
      deepEqual(await app.notes(name), [], "it is not through");
      slow.socket.resume();
      const isChunked = /transfer-encoding: chunked/.test(head);
      const body = isChunked ? await bodyOf(slow) : await slow.bytes(64 * 65_536);
      equal(body.length, 64 * 65_536);
      equal(body[63 * 65_536], 97 + (63 % 26));
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
