import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { appOnBothSides } from "./pair.ts";
import { visit } from "./visit.ts";

const APP = `
run ->(env) {
  text = env["PATH_INFO"] == "/last" ? "the last" : env.count { |key, _| key.start_with?("HTTP_") }.to_s
  [200, { "content-length" => text.bytesize.to_s }, [text]]
}
`;

const FINE = "200 OK";
const BAD = "400 Bad Request";
const HOST = "Host: a\r\n";
const HEAD_BYTES = 114_687;

function get(path: string, more = HOST): string {
  return `GET ${path} HTTP/1.1\r\n${more}\r\n`;
}

/** A request whose head is of exactly so many bytes. */
function headOf(bytes: number): string {
  const field = "x".repeat(50_000);
  const almost = get("/", `${HOST}A: ${field}\r\nB: \r\n`);
  return get("/", `${HOST}A: ${field}\r\nB: ${"x".repeat(bytes - almost.length)}\r\n`);
}

/** The most that Thin takes of something, and one more. */
interface Limit {
  readonly title: string;
  readonly most: number;
  readonly sends: (size: number) => string;
  /** What ours says to one more; Thin says 400 to all of it. */
  readonly ours: string;
}

const LIMITS: readonly Limit[] = [
  { title: "a path", most: 2048, sends: (size) => get(`/${"p".repeat(size - 1)}`), ours: FINE },
  { title: "a query", most: 10_240, sends: (size) => get(`/?${"q".repeat(size)}`), ours: FINE },
  {
    title: "path and query together",
    most: 12_288,
    sends: (size) => get(`/${"p".repeat(2047)}?${"q".repeat(size - 2049)}`),
    ours: FINE,
  },
  {
    title: "a field's name",
    most: 256,
    sends: (size) => get("/", `${HOST}${"n".repeat(size)}: v\r\n`),
    ours: FINE,
  },
  {
    title: "a field's value",
    most: 81_920,
    sends: (size) => get("/", `${HOST}A: ${"v".repeat(size)}\r\n`),
    ours: FINE,
  },
  {
    title: "a method",
    most: 20,
    sends: (size) => get("/").replace("GET", "M".repeat(size)),
    ours: FINE,
  },
  {
    title: "a head",
    most: HEAD_BYTES,
    sends: headOf,
    // One more is ours too; the one after that is past the limit.
    ours: FINE,
  },
];

describe("Limits", () => {
  const { start, stop, sides } = appOnBothSides(APP);
  before(start);
  after(stop);

  for (const { title, most, sends, ours } of LIMITS) {
    test(`thin check 38: ${title} of ${most} bytes, and of one more (better: more is taken)`, async () => {
      const [gem, own] = sides();
      for (const side of sides()) {
        assert.equal((await visit(side, sends(most))).status, FINE, side.name);
      }
      assert.equal((await visit(gem, sends(most + 1))).status, BAD);
      assert.equal((await visit(own, sends(most + 1))).status, ours);
    });
  }

  test("thin check 38: as many fields as fit into a head (same)", async () => {
    const fields = Array.from({ length: 9_000 }, (_, index) => `x-${index}: a\r\n`).join("");
    for (const side of sides()) {
      const { status, body } = await visit(side, get("/", HOST + fields));
      // Thin tells of its version as if the client had.
      assert.deepEqual([status, Number(body) >= 9_001], [FINE, true], side.name);
    }
  });

  test("thin check 38: ours says what is too long: 414 for a target, 431 for a head (better)", async () => {
    const [gem, own] = sides();
    const long = get(`/?${"q".repeat(16 * 1024)}`);
    assert.equal((await visit(gem, long)).status, BAD);
    assert.equal((await visit(own, long)).status, "414 URI Too Long");
    assert.equal((await visit(gem, headOf(HEAD_BYTES + 2))).status, BAD);
    const { status } = await visit(own, headOf(HEAD_BYTES + 2));
    assert.equal(status, "431 Request Header Fields Too Large");
  });

  test("thin check 38: a hundred heads of a megabyte each are survived (same)", async () => {
    const flood = get("/", HOST + "x: y\r\n".repeat(1 << 18).slice(0, 1 << 20));
    for (const side of sides()) {
      for (let count = 0; count < 100; count += 1) {
        const client = await side.connect();
        client.send(flood);
        await client.rest();
        client.socket.destroy();
      }
      assert.equal((await visit(side, get("/"))).status, FINE, side.name);
    }
  });
});
