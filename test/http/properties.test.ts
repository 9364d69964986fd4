import assert from "node:assert/strict";
import { Agent, request as httpRequest } from "node:http";
import { after, before, describe, it } from "node:test";
import fc from "fast-check";
import { ChunkedDecoder } from "../../src/http/http1/chunked.ts";
import { parseHead } from "../../src/http/http1/parser.ts";
import { PartialHead } from "../../src/http/http1/partial-head.ts";
import { Refusal } from "../../src/http/http1/refusal.ts";
import { HTTP_DEFAULTS } from "../../src/http/index.ts";
import { type Handler, HOLDS } from "../../src/message/index.ts";
import { type Stage, stage } from "./harness.ts";

const LIMITS = { ...HTTP_DEFAULTS, headLimitBytes: 120, targetLimitBytes: 30, fieldCountLimit: 4 };

/** Pieces that heads are made of, good and bad. */
const soup = fc
  .array(
    fc.oneof(
      {
        weight: 6,
        arbitrary: fc.constantFrom("GET / HTTP/1.1\r\n", "Host: a\r\n", "X: 1\r\n", "\r\n"),
      },
      fc.constantFrom(
        " ",
        ":",
        "\r",
        "\n",
        "\0",
        "\t",
        "POST",
        "HTTP/1.0",
        "*",
        "#",
        "\xff",
        "\x7f",
      ),
      fc.constantFrom("Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n", "x".repeat(35)),
      fc.string({ unit: "binary-ascii", maxLength: 8 }),
    ),
    { maxLength: 14 },
  )
  .map((pieces) => pieces.join(""));

const goodStart = soup.map((rest) => `GET / HTTP/1.1\r\nHost: a\r\n${rest}\r\n\r\n`);
const cuts = fc.array(fc.nat({ max: 250 }), { maxLength: 12 });

/** The outcome of a head that comes in these pieces: a status, the parts, or that more is needed. */
function outcomeOf(pieces: readonly string[]): unknown {
  const partial = new PartialHead();
  for (const piece of pieces) {
    const stop = partial.add(piece, 0);
    if (stop >= 0) {
      const head = parseHead(partial.text, 0, partial.text.length - 4, LIMITS);
      return head instanceof Refusal ? head.status : head;
    }
    const refusal = partial.judge(LIMITS);
    if (refusal !== undefined) return refusal.status;
  }
  return "more";
}

function cut(text: string, at: readonly number[]): string[] {
  const places = [0, ...[...at].sort((a, b) => a - b).filter((n) => n < text.length), text.length];
  return places
    .slice(1)
    .map((stop, i) => text.slice(places[i], stop))
    .filter((piece) => piece !== "");
}

describe("PartialHead", () => {
  it("PartialHead comes to the same whatever the split", () => {
    fc.assert(
      fc.property(fc.oneof(soup, goodStart), cuts, (text, at) => {
        const whole = outcomeOf([text]);
        assert.deepEqual(outcomeOf([...text]), whole);
        assert.deepEqual(outcomeOf(cut(text, at)), whole);
      }),
      { numRuns: 6000 },
    );
  });
});

describe("ChunkedDecoder", () => {
  const decode = (pieces: readonly string[]) => {
    let data = "";
    let used = 0;
    const decoder = new ChunkedDecoder(
      { bodyLimitBytes: 40, headLimitBytes: 40, fieldCountLimit: 3 },
      (bytes) => {
        data += Buffer.from(bytes).toString("latin1");
      },
    );
    for (const piece of pieces) used += decoder.read(Buffer.from(piece, "latin1"), 0);
    return { data, used, isComplete: decoder.isComplete, status: decoder.refusal?.status };
  };

  it("ChunkedDecoder comes to the same whatever the split", () => {
    const chunkSoup = fc
      .array(
        fc.constantFrom(
          ...[
            "3\r\nabc\r\n",
            "0\r\n",
            "\r\n",
            "5;a=b\r\nhello\r\n",
            "X: 1\r\n",
            "\r",
            "\n",
            "a",
            "1f",
          ],
          ...["0\r\n\r\n", '1;q="\\""\r\nz\r\n', "; ", "\0", "14\r\n01234567890123456789\r\n"],
        ),
        { maxLength: 12 },
      )
      .map((pieces) => pieces.join(""));
    fc.assert(
      fc.property(chunkSoup, cuts, (text, at) => {
        const whole = decode([text]);
        assert.deepEqual(decode([...text]), whole);
        assert.deepEqual(decode(cut(text, at)), whole);
      }),
      { numRuns: 4000 },
    );
  });

  it("ChunkedDecoder gives back what was encoded", () => {
    const chunks = fc.array(fc.uint8Array({ minLength: 1, maxLength: 9 }), { maxLength: 4 });
    fc.assert(
      fc.property(chunks, (pieces) => {
        const texts = pieces.map((piece) => Buffer.from(piece).toString("latin1"));
        const wire = texts.map((text) => `${text.length.toString(16)}\r\n${text}\r\n`).join("");
        const { data, isComplete } = decode([`${wire}0\r\n\r\n`]);
        assert.equal(data, texts.join(""));
        assert.equal(isComplete, true);
      }),
    );
  });
});

describe("Reply", { timeout: 30_000 }, () => {
  let staged: Stage;
  let handler: Handler = () => {};
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  before(async () => {
    staged = await stage((request, reply) => handler(request, reply));
  });
  after(() => {
    agent.destroy();
    staged.front.shut();
  });

  const ask = (method: string) =>
    new Promise<{ status: number; body: string; x: unknown }>((resolve, reject) => {
      const sent = httpRequest(
        { port: staged.port, host: "127.0.0.1", method, agent },
        (answer) => {
          let body = "";
          answer.setEncoding("latin1");
          answer.on("data", (text: string) => {
            body += text;
          });
          answer.on("end", () =>
            resolve({ status: answer.statusCode ?? 0, body, x: answer.headers["x-a"] }),
          );
          answer.on("error", reject);
        },
      );
      sent.on("error", reject);
      sent.end();
    });

  it("Reply frames any response so that node:http reads it back", async () => {
    const status = fc.constantFrom(200, 201, 204, 205, 206, 301, 304, 404, 500, 599);
    const how = fc.constantFrom("text", "bytes", "pieces", "pieces-with-length");
    const pieces = fc.array(fc.uint8Array({ maxLength: 6000, size: "max" }), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(
        ...([status, how, pieces, fc.constantFrom("GET", "HEAD")] as const),
        async (code, way, parts, method) => {
          const whole = Buffer.concat(parts);
          handler = (_, reply) => {
            const lines = "x-a: 1\r\n";
            const head = { status: code, lines, holds: 0 };
            if (way === "text") return reply.respond(head, whole.toString("latin1"));
            if (way === "bytes") return reply.respond(head, whole);
            if (way === "pieces") reply.start(head);
            else {
              const length = `content-length: ${whole.length}\r\n`;
              reply.start({ ...head, lines: lines + length, holds: HOLDS.contentLength });
            }
            for (const part of parts) reply.write(part);
            reply.end();
          };
          const got = await ask(method);
          const hasBody = method !== "HEAD" && ![204, 205, 304].includes(code);
          assert.equal(got.status, code);
          assert.equal(got.x, "1");
          assert.equal(got.body, hasBody ? whole.toString("latin1") : "");
        },
      ),
      { numRuns: 150 },
    );
  });
});
