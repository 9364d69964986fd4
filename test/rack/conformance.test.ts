import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { gemEnvironment, installGems } from "../../scripts/gems.mjs";
import { HOLDS, type Request } from "../../src/message/index.ts";
import type { Worker } from "../../src/pool/index.ts";
import { type Bench, bench, request, type TestReply } from "./harness.ts";

const here = import.meta.dirname;
const source = await readFile(join(here, "conformance.ru"), "utf8");

/** A test of what only some releases of Rack have. */
function testIf(hasIt: boolean, name: string, run: () => Promise<void>): void {
  if (hasIt) test(name, run);
}

for (const release of ["2.2", "3.0", "3.1", "3.2"]) {
  describe(`Rack ${release}`, () => {
    const isRack2 = release === "2.2";
    const hasAsterisk = release > "3.0";
    let app: Bench;
    let worker: Worker;
    const get = (target: string, more: Partial<Request> = {}): Promise<TestReply> =>
      app.get(worker, target, more);
    const text = async (target: string, more: Partial<Request> = {}): Promise<string> => {
      const reply = await get(target, more);
      assert.equal(reply.outcome, "end", reply.page?.text);
      return reply.body;
    };

    before(async () => {
      await installGems([`rack-${release}`]);
      const gemfile = join(here, "../gems", `rack-${release}`, "Gemfile");
      app = await bench(source, { env: gemEnvironment(gemfile) });
      worker = await app.worker();
    });
    after(() => app.close());

    test("is the Rack that the bundle brings", () => {
      const fact = app.facts.find((one) => one.type === "ruby-known");
      assert.ok(fact?.type === "ruby-known" && fact.rack.startsWith(release));
    });

    test("env has every key of the SPEC", async () => {
      const env = new Map(
        (await text("/env?a=1&b=%20")).split("\n").map((line) => {
          const at = line.indexOf("=");
          return [line.slice(0, at), line.slice(at + 1)];
        }),
      );
      const wanted = {
        REQUEST_METHOD: "GET",
        SCRIPT_NAME: "",
        PATH_INFO: "/env",
        QUERY_STRING: "a=1&b=%20",
        REQUEST_URI: "/env?a=1&b=%20",
        SERVER_NAME: "example.org",
        SERVER_PORT: "9292",
        SERVER_PROTOCOL: "HTTP/1.1",
        HTTP_HOST: "example.org:9292",
        REMOTE_ADDR: "127.0.0.1",
        "rack.url_scheme": "http",
        "rack.multithread": "false",
        "rack.multiprocess": "false",
        "rack.hijack?": "true",
      };
      for (const [key, value] of Object.entries(wanted)) assert.equal(env.get(key), value, key);
      for (const key of ["rack.input", "rack.errors", "rack.hijack", "rack.response_finished"]) {
        assert.ok(env.has(key), key);
      }
      assert.equal(env.has("rack.version"), isRack2);
      assert.equal(env.has("rack.run_once"), isRack2);
      assert.equal(env.has("HTTP_VERSION"), release < "3.2");
      assert.equal(env.has("HTTPS"), false);
      assert.equal(env.has("CONTENT_LENGTH"), false);
    });

    test("OPTIONS * is told as far as Rack allows", async () => {
      const asterisk = { method: "OPTIONS", path: "*", query: "" };
      assert.equal(await text("*", asterisk), hasAsterisk ? '"*"' : '""');
    });

    const bytes = { kind: "bytes", bytes: Buffer.from("first\nsecond\nthird") } as const;

    test("rack.input reads a body of bytes, whole and by lines", async () => {
      assert.equal(await text("/echo", { method: "POST", body: bytes }), "first\nsecond\nthird");
      const lines = '["first\\n", "second\\n", "third"]';
      assert.equal(await text("/lines", { method: "POST", body: bytes }), lines);
      assert.equal(await text("/echo"), "");
      assert.equal(await text("/lines"), "[nil]");
    });

    test("rack.input reads a body in a file, which is gone then", async () => {
      const path = join(app.folder, "upload");
      await writeFile(path, "u".repeat(250_000));
      const body = { kind: "file", path, sizeBytes: 250_000 } as const;
      assert.equal(await text("/pieces", { method: "POST", body }), '250000 ""');
      await assert.rejects(readFile(path), { code: "ENOENT" });
    });

    test("rack.input reads a body as it comes", async () => {
      async function* chunks(): AsyncGenerator<Uint8Array> {
        for (let n = 0; n < 10; n += 1) yield Buffer.alloc(100_000, "s");
      }
      const body = { kind: "stream", chunks: chunks(), sizeBytes: undefined } as const;
      assert.equal(await text("/pieces", { method: "POST", body }), '1000000 ""');
    });

    testIf(isRack2, "rack.input rewinds where Rack wants it", async () => {
      assert.equal((await text("/rewind", { method: "POST", body: bytes })).length, 36);
      async function* chunks(): AsyncGenerator<Uint8Array> {
        yield Buffer.from("ab");
      }
      const body = { kind: "stream", chunks: chunks(), sizeBytes: undefined } as const;
      assert.equal(await text("/rewind", { method: "POST", body }), "abab");
    });

    test("bodies of every kind arrive whole and are closed once", async () => {
      assert.equal(await text("/array"), "abc");
      assert.equal(await text("/each"), "abc");
      assert.equal(await text("/each-empty"), "");
      assert.equal(await text("/each-one"), "abc");
      assert.equal(await text("/each-length"), "abcdef");
      assert.equal(await text("/each-utf8"), "gr\u00c3\u00bcn \u00ff\u00fe");
      assert.equal(await text("/to-ary"), "ab");
      assert.equal(await text("/head", { method: "HEAD" }), "");
      assert.equal(await text("/204"), "");
      assert.equal(await text("/304"), "");
      assert.equal((await get("/raise-midway")).outcome, "cut");
      const closed = await text("/closed");
      assert.equal(closed, [...closed.matchAll(/^.+=1$/gm)].map(([line]) => `${line}\n`).join(""));
      const names: string[] = closed.match(/^[^=\n]+/gm) ?? [];
      for (const name of ["each", "each-empty", "each-one", "each-length", "head", "204", "304"]) {
        assert.ok(names.includes(name), name);
      }
      assert.ok(names.includes("raise-midway") && names.includes("to-ary"));
    });

    testIf(!isRack2, "an array of 3 MiB comes in pieces", async () => {
      const reply = await get("/big");
      assert.equal(reply.body.length, 3 * 1024 * 1024);
      assert.deepEqual(reply.header("content-length"), [String(3 * 1024 * 1024)]);
    });

    testIf(
      !isRack2,
      "a to_path body is left to the front, and closed when it is sent",
      async () => {
        const reply = await get("/path");
        assert.equal(reply.file?.lengthBytes, 100_000);
        assert.deepEqual(reply.header("content-length"), ["100000"]);
        const closed = await text("/closed");
        assert.match(closed, /^path=1$/m);
        await assert.rejects(readFile(reply.file?.path ?? ""), { code: "ENOENT" });
      },
    );

    test("HEAD keeps the promised length, 204 and 304 have none of ours", async () => {
      assert.deepEqual((await get("/head", { method: "HEAD" })).header("content-length"), ["5"]);
      for (const target of ["/204", "/304"]) {
        const { head } = await get(target);
        assert.equal((head?.holds ?? -1) & HOLDS.contentLength, 0);
      }
    });

    test("repeated headers become lines", async () => {
      assert.deepEqual((await get("/cookies")).header("set-cookie"), ["a=1", "b=2"]);
    });

    testIf(!isRack2, "a streaming body writes for itself", async () => {
      assert.equal(await text("/call"), "one two three");
    });

    test("early hints go out before the response", async () => {
      const reply = await get("/hints");
      assert.deepEqual(reply.interim, [[103, "link: </a.css>; rel=preload\r\n"]]);
      assert.equal(reply.body, "hinted");
    });

    test("a full hijack is a raw connection, and frees the slot", async () => {
      const reply = app.send(worker, request("/hijack"));
      await reply.done();
      assert.equal(reply.outcome, "tunnel");
      reply.client?.write("hello");
      const said = await readAll(reply);
      assert.equal(said, "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nraw you said hello");
      assert.equal(await text("/array"), "abc");
    });

    test("a partial hijack gets the head from us and the rest from the app", async () => {
      const said = await readAll(await get("/partial"));
      assert.match(said, /^HTTP\/1.1 200 OK\r\ncontent-type: text\/plain\r\n/);
      assert.match(said, /\r\nconnection: close\r\n\r\npartial$/);
    });

    testIf(hasAsterisk, "rack.protocol upgrades the connection", async () => {
      const fields = ["host", "example.org", "connection", "upgrade", "upgrade", "echo, other"];
      const reply = await get("/protocol", { fields });
      reply.client?.write("12345");
      const said = await readAll(reply);
      assert.match(said, /^HTTP\/1.1 101 Switching Protocols\r\n/);
      assert.match(said, /\r\nupgrade: echo\r\n/);
      assert.match(said, /\r\n\r\necho 12345$/);
    });

    test("response_finished is called last come first, with the error", async () => {
      await text("/finished");
      assert.equal((await get("/finished?raise")).outcome, "fail");
      assert.equal(
        await text("/told"),
        '["second", ["first", 200, "Hash", "NilClass"], "second", ["first", nil, "NilClass", "RuntimeError"]]',
      );
    });

    test("whatever an app throws is a 500 of its own, and the worker lives", async () => {
      for (const [target, name] of [
        ["/raise", "ArgumentError"],
        ["/throw", "UncaughtThrowError"],
        ["/exit", "SystemExit"],
        ["/deep", "SystemStackError"],
      ] as const) {
        const reply = await get(target);
        assert.equal(reply.outcome, "fail");
        assert.equal(reply.head?.status, 500);
        const fact = app.facts.at(-1);
        assert.ok(fact?.type === "app-failed", target);
        assert.equal(fact.failure.className, name);
        assert.match(reply.page?.text ?? "", new RegExp(name));
      }
      assert.equal(await text("/array"), "abc");
    });
  });
}

async function readAll(reply: TestReply): Promise<string> {
  let said = "";
  for await (const chunk of reply.client ?? []) said += String(chunk);
  return said;
}
