import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { RequestEnded } from "../../src/http/index.ts";
import { AccessLog, accessFormat, type Destination } from "../../src/observe/index.ts";
import { ManualClock } from "../kit/manual-clock.ts";

const WALL_MS = Date.UTC(2026, 10, 24, 12, 40, 28, 500);

const ENDED: RequestEnded = {
  type: "request-ended",
  peer: { scheme: "http", remoteAddress: "192.0.2.1", remotePort: 1, localPort: 2 },
  requestLine: "GET /a%20b?c=d HTTP/1.1",
  fields: ["host", "example.com", "user-agent", "curl/8", "referer", "http://a/"],
  status: 200,
  responseLines: "content-type: text/plain\r\nX-Request-Id: made-here\r\n",
  bodyBytes: 5,
  tookMs: 377.0004,
  queueMs: 0.25,
  worker: 2,
  end: "complete",
};

function line(name: Parameters<typeof accessFormat>[0], changes: Partial<RequestEnded> = {}) {
  return accessFormat(name)({ ...ENDED, ...changes }, WALL_MS);
}

function json(changes: Partial<RequestEnded>): Readonly<Record<string, unknown>> {
  const written = line("json", changes);
  assert.match(written, /^[ -~]*\n$/);
  return JSON.parse(written);
}

/** Each needs care in one place or another: ends of lines, ends of strings, orders to a terminal, bytes that are no UTF-8. */
const NASTY = [
  ...['"', "\\", '\\"', '" 200 5 "-" "-', "\r\n", "\n", "\0", "\x1b[2J", "\x7f", "\x9b31m"],
  ...["\xe2\x80\xa8", "\xc3\xbc", "\xff\xfe", "\xed\xa0\x80", "\\x22", "%0a", "\t"],
];

test("accessFormat() writes what Apache calls common and combined", () => {
  const written = line("common");
  const [, time = ""] = /\[(.+)\]/.exec(written) ?? [];
  assert.match(time, /^24\/Nov\/2026:\d\d:\d\d:28 [+-]\d{4}$/);
  const iso = time.replace(/^(\d+)\/Nov\/(\d+):(\S+) (...)/, "$2-11-$1T$3$4:");
  assert.equal(new Date(iso).getTime(), Date.UTC(2026, 10, 24, 12, 40, 28));
  assert.equal(written, `192.0.2.1 - - [${time}] "GET /a%20b?c=d HTTP/1.1" 200 5\n`);
  assert.equal(line("combined"), `${written.trimEnd()} "http://a/" "curl/8"\n`);
  assert.match(line("combined", { fields: [], bodyBytes: 0 }), / 200 - "-" "-"\n$/);
});

test("accessFormat() takes the time at which a request began", () => {
  const format = accessFormat("common");
  const times = [0, 377, 501, 1_501, 86_400_000].map((tookMs) =>
    /\[(\d+)\S*:(\d\d) /
      .exec(format({ ...ENDED, tookMs }, WALL_MS))
      ?.slice(1)
      .join(":"),
  );
  assert.deepEqual(times, ["24:28", "24:28", "24:27", "24:26", "23:28"]);
});

test("accessFormat() writes JSON with units in its names", () => {
  assert.deepEqual(json({}), {
    time: "2026-11-24T12:40:28.122Z",
    fact: "request-ended",
    remote_address: "192.0.2.1",
    forwarded_for: null,
    scheme: "http",
    host: "example.com",
    method: "GET",
    path: "/a%20b",
    query: "c=d",
    protocol: "HTTP/1.1",
    status: 200,
    body_bytes: 5,
    duration_ms: 377,
    queue_ms: 0.25,
    worker: 2,
    request_id: "made-here",
    user_agent: "curl/8",
    referer: "http://a/",
    end: "complete",
  });
});

test("accessFormat() writes JSON of a request that could not be read, as far as it could", () => {
  const parts = ["", "BAD", "GET /x", "GET http://h:1/x?y HTTP/1.1", "GET http://h?y HTTP/1.1"].map(
    (requestLine) => {
      const { method, path, query, protocol } = json({ requestLine, worker: undefined });
      return [method, path, query, protocol];
    },
  );
  assert.deepEqual(parts, [
    [null, null, null, null],
    ["BAD", null, null, null],
    ["GET", "/x", null, null],
    ["GET", "/x", "y", "HTTP/1.1"],
    ["GET", "", "y", "HTTP/1.1"],
  ]);
});

test("accessFormat() prefers the id that the request brought", () => {
  const fields = ["x-request-id", "theirs"];
  assert.equal(json({ fields })["request_id"], "theirs");
  assert.equal(json({ responseLines: "x-request-id-not: a\r\n" })["request_id"], null);
});

for (const text of NASTY) {
  test(`accessFormat() keeps ${JSON.stringify(text)} in its place`, () => {
    const fields = ["user-agent", `a${text}b`, "referer", text];
    const requestLine = `GET /${text} HTTP/1.1`;
    for (const name of ["common", "combined"] as const) {
      const written = line(name, { fields, requestLine });
      assert.match(written, /^[ -~]*\n$/);
      const quotes = written.split('"').length - 1;
      assert.equal(quotes, name === "common" ? 2 : 6);
      const [, inside = ""] = /"GET \/(.*?) HTTP\/1\.1"/.exec(written) ?? [];
      const back = inside.replace(/\\x([0-9A-F]{2})/g, (_, hex: string) =>
        String.fromCharCode(Number.parseInt(hex, 16)),
      );
      assert.equal(back, text);
    }
    const readable = Buffer.from(text, "latin1").toString("utf8");
    const said = json({ fields, requestLine: "GET / HTTP/1.1" });
    assert.deepEqual([said["user_agent"], said["referer"]], [`a${readable}b`, readable]);
  });
}

/** Remembers each write. */
class Writes implements Destination {
  readonly writes: string[] = [];
  write(text: string): void {
    if (text !== "") this.writes.push(text);
  }
  reopen = (): boolean => true;
  giveTo(): void {}
  close(): void {}
}

test("AccessLog writes many lines at once, after a quarter of a second or 64 KiB", async () => {
  const clock = new ManualClock();
  const destination = new Writes();
  const log = new AccessLog(destination, accessFormat("json"), clock);
  for (let n = 0; n < 10; n++) log.add(ENDED);
  assert.equal(destination.writes.length, 0);
  await clock.advance(250);
  assert.equal(destination.writes.length, 1);
  for (let n = 0; n < 1000; n++) log.add(ENDED);
  const early = destination.writes.length;
  assert.ok(early >= 5 && early < 12, `${early} writes`);
  await clock.advance(250);
  const lines = destination.writes.join("").trimEnd().split("\n");
  assert.equal(lines.length, 1010);
  await clock.advance(1_000);
  assert.equal(destination.writes.length, early + 1);
  log.add(ENDED);
  log.flush();
  assert.equal(destination.writes.length, early + 2);
});

test("docs/LOGGING.md shows the keys that JSON lines have, in their order, and explains every end", async () => {
  const page = await readFile(join(import.meta.dirname, "../../docs/LOGGING.md"), "utf8");
  const [, sample = ""] = /```json\n(.+)\n```/.exec(page) ?? [];
  assert.deepEqual(Object.keys(JSON.parse(sample)), Object.keys(json({})));
  const ends: Readonly<Record<RequestEnded["end"], true>> = {
    complete: true,
    refused: true,
    "client-left": true,
    cut: true,
    dropped: true,
    tunnel: true,
  };
  const rows = [...page.matchAll(/^\| `([a-z-]+)` \| [^|]+ \| [^|]+ \|$/gm)].flatMap(([, end]) =>
    end === undefined || end === "end" ? [] : [end],
  );
  assert.deepEqual(rows.sort(), Object.keys(ends).sort());
});
