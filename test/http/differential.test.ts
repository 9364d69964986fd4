import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import { after, before, describe, it } from "node:test";
import fc from "fast-check";
import type { Request } from "../../src/message/index.ts";
import { DIFFERENCES } from "./differences.ts";
import { bodyText, Client, type Stage, stage } from "./harness.ts";

/** What a server made of the bytes of one connection. */
interface Outcome {
  readonly requests: readonly { method: string; target: string; fields: string[]; body: string }[];
  readonly isRefused: boolean;
}

const line = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.constantFrom("GET / HTTP/1.1", "POST /a?b=c HTTP/1.1", "HEAD /x HTTP/1.1"),
  },
  fc.constantFrom(
    "GET / HTTP/1.0",
    "OPTIONS * HTTP/1.1",
    "GET http://b/c HTTP/1.1",
    "PUT /%zz HTTP/1.1",
  ),
  fc.constantFrom(
    "GET /  HTTP/1.1",
    "GET  / HTTP/1.1",
    "GET /",
    "get / HTTP/1.1",
    "FOO / HTTP/1.1",
  ),
  fc.constantFrom(
    "GET / HTTP/1.2",
    "GET / HTTP/2.0",
    "GET / http/1.1",
    "GET / HTTP/1.1 ",
    "G@T / HTTP/1.1",
  ),
  fc.constantFrom(
    "GET * HTTP/1.1",
    "GET a HTTP/1.1",
    "GET /#f HTTP/1.1",
    "GET /\xe4 HTTP/1.1",
    "GET /\0 HTTP/1.1",
  ),
  fc.constantFrom(
    "GET /\t HTTP/1.1",
    'GET /|{}<>" HTTP/1.1',
    "DELETE /x?y#z HTTP/1.1",
    " GET / HTTP/1.1",
  ),
);
const field = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      "X: 1",
      "Accept: */*",
      "x-y:  2  ",
      "Empty:",
      "Z:\ta\tb",
      "O: \xe4\xff",
    ),
  },
  fc.constantFrom(
    "Content-Length: 3",
    "Content-Length: 0",
    "Transfer-Encoding: chunked",
    "Connection: close",
  ),
  fc.constantFrom(
    "Content-Length: +3",
    "Content-Length: 3, 3",
    "Content-Length: 3 3",
    "Content-Length:",
    "Content-Length: 0x3",
  ),
  fc.constantFrom(
    "Transfer-Encoding: gzip",
    "Transfer-Encoding: gzip, chunked",
    "Transfer-Encoding: chunked, gzip",
  ),
  fc.constantFrom(
    "Transfer-Encoding : chunked",
    "Transfer-Encoding: xchunked",
    "Transfer-Encoding: Chunked",
    "Expect: x",
  ),
  fc.constantFrom(
    "X : 1",
    ": 1",
    "nocolon",
    "X\0: 1",
    "X: \0",
    "X: a\x7f",
    "X: a\x0bb",
    "(x): 1",
    "X_Y: 1",
    " folded: 1",
  ),
  fc.constantFrom(
    "Host: b",
    "Host: a b",
    "Host:",
    "Connection: keep-alive",
    "X: a\rb",
    "X: a\nY: b",
    "\xe4: 1",
  ),
);
const body = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom("", "abc", "3\r\nabc\r\n0\r\n\r\n") },
  fc.constantFrom(
    "3;a=b\r\nabc\r\n0\r\nT: 1\r\n\r\n",
    "3 \r\nabc\r\n0\r\n\r\n",
    "3\nabc\r\n0\r\n\r\n",
    "x\r\n",
  ),
  fc.constantFrom(
    "3\r\nabcd\r\n0\r\n\r\n",
    "0x3\r\nabc\r\n0\r\n\r\n",
    "3;\r\nabc\r\n0\r\n\r\n",
    "ffffffffffffffffff\r\n",
    "\r\n",
  ),
);
const end = fc.oneof(
  { weight: 12, arbitrary: fc.constant("\r\n") },
  fc.constantFrom("\n", "\r", "\r\r\n"),
);
const message = fc
  .tuple(line, end, fc.boolean(), fc.array(fc.tuple(field, end), { maxLength: 3 }), end, body)
  .map(([first, firstEnd, hasHost, fields, last, rest]) => {
    const host = hasHost || first.length % 5 > 0 ? "Host: a\r\n" : "";
    return `${first}${firstEnd}${host}${fields.map((pair) => pair.join("")).join("")}${last}${rest}`;
  });
const connection = fc.array(message, { minLength: 1, maxLength: 2 }).map((all) => all.join(""));

describe("Connection and node:http", { timeout: 60_000 }, () => {
  let ours: Stage;
  let theirs: Server;
  const ourRequests = new Map<number, Request[]>();
  const theirRequests = new Map<number, Outcome["requests"][number][]>();

  before(async () => {
    ours = await stage((request, reply) => {
      push(ourRequests, request.peer.remotePort ?? 0, request);
      reply.respond({ status: 200, lines: "", holds: 0 }, "");
    });
    theirs = createServer((request, response) => {
      const chunks: Buffer[] = [];
      const port = request.socket.remotePort ?? 0;
      request.on("data", (bytes: Buffer) => chunks.push(bytes));
      request.on("end", () => {
        const { method = "", url: target = "", rawHeaders } = request;
        const fields = rawHeaders.map((text, i) => (i % 2 === 0 ? text.toLowerCase() : text));
        push(theirRequests, port, {
          method,
          target,
          fields,
          body: Buffer.concat(chunks).toString("latin1"),
        });
        response.end();
      });
    });
    await new Promise<void>((resolve) => theirs.listen(0, "127.0.0.1", resolve));
  });
  after(() => {
    ours.front.shut();
    theirs.close();
    theirs.closeAllConnections();
  });

  it("Connection accepts, refuses and reads as node:http does, but for the table", async () => {
    const used = new Set<string>();
    await fc.assert(
      fc.asyncProperty(connection, async (text) => {
        const { port } = theirs.address() as { port: number };
        const theirOutcome = await outcome(port, text, (me) => theirRequests.get(me) ?? []);
        const ourOutcome = await outcome(ours.port, text, (me) =>
          (ourRequests.get(me) ?? []).map(plain),
        );
        // The kernel may give a later client the same port.
        ourRequests.clear();
        theirRequests.clear();
        if (isSame(ourOutcome, theirOutcome)) return;
        const difference = DIFFERENCES.find(({ applies }) => applies(text));
        if (difference !== undefined) used.add(difference.name);
        else assert.deepEqual(ourOutcome, theirOutcome);
      }),
      {
        numRuns: 2500,
        seed: 9112,
        examples: [["GET / HTTP/1.1\r\nHost: a\r\nx-y: 1\r\nX_Y: 2\r\n\r\n"]],
      },
    );
    const unused = DIFFERENCES.filter(({ name }) => !used.has(name));
    assert.deepEqual(unused, [], "a difference that never shows is no difference");
  });
});

async function outcome(
  port: number,
  text: string,
  requests: (me: number) => Outcome["requests"],
): Promise<Outcome> {
  const client = new Client(port, true);
  await new Promise((resolve) => client.socket.once("connect", resolve));
  const me = client.socket.localPort ?? 0;
  client.socket.end(text, "latin1");
  await client.untilEnded();
  client.close();
  // The last status: what came before it were answers to the requests that were read.
  const last = [...client.text.matchAll(/^HTTP\/1\.1 (\d\d\d)/gm)].at(-1)?.[1] ?? "";
  return { requests: [...requests(me)], isRefused: last !== "200" };
}

function plain({ method, target, fields, ...request }: Request): Outcome["requests"][number] {
  return { method, target, fields: [...fields], body: bodyText(request as Request) };
}

/** We hand no Transfer-Encoding on, as the body is decoded. */
function isSame(ours: Outcome, theirs: Outcome): boolean {
  const requests = theirs.requests.map((request) => ({
    ...request,
    fields: request.fields.filter((_, i, all) => all[i - (i % 2)] !== "transfer-encoding"),
  }));
  return JSON.stringify(ours) === JSON.stringify({ ...theirs, requests });
}

function push<T>(map: Map<number, T[]>, key: number, value: T): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [value]);
  else known.push(value);
}
