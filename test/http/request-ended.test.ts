import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import type { HttpFact, HttpOptions, RequestEnded } from "../../src/http/index.ts";
import { type Handler, HOLDS, type Reply, type Request } from "../../src/message/index.ts";
import { Client, eventually, get, type Stage, stage, turn } from "./harness.ts";

const OK = { status: 200, lines: "x-request-id: 7\r\n", holds: 0 };
const hello: Handler = (_, reply) => reply.respond(OK, "hello");

const open: { shut(): void }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.shut();
});

async function staged(handler: Handler, options: Partial<HttpOptions> = {}): Promise<Stage> {
  const made = await stage(handler, { tellsRequests: true, ...options });
  open.push(made.front);
  return made;
}

function dial(port: number, allowHalfOpen = false): Client {
  const client = new Client(port, allowHalfOpen);
  open.push({ shut: () => client.close() });
  return client;
}

/** Keeps the replies for the test to answer. */
function keeper(): { handler: Handler; requests: Request[]; replies: Reply[] } {
  const requests: Request[] = [];
  const replies: Reply[] = [];
  const handler: Handler = (request, reply) => {
    requests.push(request);
    replies.push(reply);
  };
  return { handler, requests, replies };
}

function told(facts: readonly HttpFact[]): readonly RequestEnded[] {
  return facts.filter((fact) => fact.type === "request-ended");
}

/** What was told of each request, in short. */
function short(facts: readonly HttpFact[]): readonly (readonly unknown[])[] {
  return told(facts).map((one) => [one.requestLine, one.status, one.bodyBytes, one.end]);
}

async function untilTold(facts: readonly HttpFact[], count: number): Promise<void> {
  await eventually(() => told(facts).length >= count, `${count} requests are told of`);
  await turn();
}

const POST = "POST /up HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n";

describe("Front tells of requests", { timeout: 20_000 }, () => {
  it("Front tells of no request that it is not asked to tell of", async () => {
    const { port, facts } = await staged(hello, { tellsRequests: false });
    const client = dial(port);
    client.send(get("/"));
    await client.answer();
    client.send("BAD\r\n\r\n");
    await client.untilEnded();
    assert.deepEqual(told(facts), []);
  });

  it("Front tells of a request what it asked and what it got, once", async () => {
    const { handler, replies } = keeper();
    const { port, facts, clock } = await staged(handler);
    const client = dial(port);
    client.send(get("/a?b", "User-Agent: me\r\n"));
    await eventually(() => replies.length === 1, "it is with the handler");
    const [reply] = replies;
    if (reply?.assignment) Object.assign(reply.assignment, { worker: 3, queueMs: 1.5 });
    clock.pass(20);
    reply?.respond(OK, "hello");
    await client.answer();
    client.close();
    await eventually(() => client.isClosed, "it is closed");
    const [fact, ...more] = told(facts);
    assert.deepEqual(more, []);
    assert.deepEqual(
      { ...fact, peer: undefined },
      {
        type: "request-ended",
        peer: undefined,
        requestLine: "GET /a?b HTTP/1.1",
        fields: ["host", "a", "user-agent", "me"],
        status: 200,
        responseLines: "x-request-id: 7\r\n",
        bodyBytes: 5,
        tookMs: 20,
        queueMs: 1.5,
        worker: 3,
        end: "complete",
      },
    );
    assert.equal(fact?.peer.remoteAddress, "127.0.0.1");
  });

  it("Front counts the bytes of a body, and neither heads nor chunks", async () => {
    const bodies: Record<string, (reply: Reply) => void> = {
      "/none": (reply) => reply.respond({ status: 204, lines: "", holds: 0 }, ""),
      "/pieces": (reply) => {
        reply.start(OK);
        for (const piece of ["one", "two", ""]) reply.write(Buffer.from(piece));
        reply.end();
      },
      "/long": (reply) => {
        reply.start({ status: 200, lines: "content-length: 3\r\n", holds: HOLDS.contentLength });
        reply.write(Buffer.from("four"));
        reply.end();
      },
      "/page": (reply) => reply.fail(503),
    };
    const { port, facts } = await staged(({ path }, reply) => bodies[path]?.(reply));
    const client = dial(port);
    for (const path of Object.keys(bodies)) {
      client.send(get(path));
      await client.answer();
    }
    client.send(get("/pieces").replace("GET", "HEAD"));
    await client.answer(true);
    assert.deepEqual(short(facts), [
      ["GET /none HTTP/1.1", 204, 0, "complete"],
      ["GET /pieces HTTP/1.1", 200, 6, "complete"],
      ["GET /long HTTP/1.1", 200, 3, "complete"],
      ["GET /page HTTP/1.1", 503, 24, "complete"],
      ["HEAD /pieces HTTP/1.1", 200, 0, "complete"],
    ]);
  });

  const refused: readonly (readonly [string, string, number])[] = [
    ["BAD\r\n\r\n", "BAD", 400],
    ["GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1", 400],
    ["GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n", "GET /\x01 HTTP/1.1", 400],
    ["\rGET / HTTP/1.1\r\n\r\n", "", 400],
    ["GET /a\nHost: a\r\n\r\n", "GET /a", 400],
    [
      `GET /${"x".repeat(300)} HTTP/1.1\r\nHost: a\r\n\r\n`,
      `GET /${"x".repeat(300)} HTTP/1.1`,
      414,
    ],
    [`GET / HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(900)}\r\n\r\n`, "GET / HTTP/1.1", 431],
    ["GET / HTTP/3.0\r\nHost: a\r\n\r\n", "GET / HTTP/3.0", 505],
    ["POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99\r\n\r\n", "POST / HTTP/1.1", 413],
    [
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
      "POST / HTTP/1.1",
      400,
    ],
  ];
  for (const [bytes, requestLine, status] of refused) {
    for (const how of ["at once", "byte by byte"]) {
      it(`Front tells of ${JSON.stringify(bytes.slice(0, 40))} that it refused, ${how}`, async () => {
        const limits = { targetLimitBytes: 200, headLimitBytes: 800, bodyLimitBytes: 50 };
        const { port, facts } = await staged(hello, limits);
        const client = dial(port);
        if (how === "at once") client.send(bytes);
        else await client.sendEach([...bytes]);
        await client.untilEnded();
        const [fact, ...more] = told(facts);
        assert.deepEqual(more, []);
        assert.deepEqual([fact?.status, fact?.end], [status, "refused"]);
        // Of what comes bit by bit no more may be there than the part that was refused.
        const seen = fact?.requestLine ?? "";
        if (how === "at once") assert.equal(seen, requestLine);
        else assert.ok(requestLine.startsWith(seen), seen);
      });
    }
  }

  it("Front tells of heads and bodies that are too slow", async () => {
    const { port, facts, clock } = await staged(hello, {
      headTimeoutMs: 1000,
      bodyTimeoutMs: 1000,
    });
    const late = async (bytes: string): Promise<void> => {
      const client = dial(port);
      client.send(bytes);
      while (!client.isEnded && !client.isClosed) {
        clock.pass(250);
        await turn();
      }
    };
    await late("GET /slow HTTP/1.1\r\nHost");
    await late(`${POST}he`);
    assert.deepEqual(
      told(facts).map(({ requestLine, status, end }) => [requestLine, status, end]),
      [
        ["GET /slow HTTP/1.1", 408, "refused"],
        ["POST /up HTTP/1.1", 408, "refused"],
      ],
    );
    assert.ok(told(facts).every(({ tookMs }) => tookMs >= 1000));
  });

  it("Front tells of a connection that it turned away", async () => {
    const { port, facts } = await staged(hello, { connectionLimit: 0 });
    const client = dial(port);
    client.send(get("/"));
    await client.untilEnded();
    assert.deepEqual(short(facts), [["", 503, 0, "refused"]]);
  });

  it("Front tells of nothing where nothing was asked", async () => {
    const { port, facts, front } = await staged(hello);
    for (const bytes of ["", "\r\n"]) {
      const client = dial(port);
      client.send(bytes);
      await eventually(() => front.connectionCount === 1, "it is accepted");
      client.close();
      await eventually(() => front.connectionCount === 0, "it is gone");
    }
    assert.deepEqual(told(facts), []);
  });
});

describe("Front tells of requests that were not answered", { timeout: 20_000 }, () => {
  it("Front tells 499 of a client that left before its answer, and while it sent", async () => {
    const { handler, replies } = keeper();
    const { port, facts, front } = await staged(handler);
    const waiting = dial(port);
    waiting.send(get("/waiting"));
    await eventually(() => replies.length === 1, "it is with the handler");
    waiting.socket.resetAndDestroy();
    await untilTold(facts, 1);
    replies[0]?.respond(OK, "too late");
    const sending = dial(port);
    sending.send(`${POST}he`);
    await eventually(() => front.connectionCount === 1, "it is accepted");
    await sending.sendEach(["l"]);
    sending.socket.resetAndDestroy();
    await untilTold(facts, 2);
    assert.deepEqual(short(facts), [
      ["GET /waiting HTTP/1.1", 499, 0, "client-left"],
      ["POST /up HTTP/1.1", 499, 0, "client-left"],
    ]);
  });

  it("Front tells of a client that left in the middle of its answer by the status it got", async () => {
    const { handler, replies } = keeper();
    const { port, facts } = await staged(handler);
    const client = dial(port);
    client.send(get("/"));
    await eventually(() => replies.length === 1, "it is with the handler");
    replies[0]?.start(OK);
    replies[0]?.write(Buffer.from("half"));
    await client.until(() => client.text.includes("half"));
    client.socket.resetAndDestroy();
    await untilTold(facts, 1);
    assert.deepEqual(short(facts), [["GET / HTTP/1.1", 200, 4, "client-left"]]);
  });

  it("Front tells of an answer that broke off", async () => {
    const { handler, replies } = keeper();
    const { port, facts } = await staged(handler);
    const client = dial(port);
    client.send(get("/"));
    await eventually(() => replies.length === 1, "it is with the handler");
    replies[0]?.start(OK);
    replies[0]?.write(Buffer.from("half"));
    replies[0]?.cut();
    await client.untilEnded();
    await untilTold(facts, 1);
    assert.deepEqual(short(facts), [["GET / HTTP/1.1", 200, 4, "cut"]]);
  });

  it("Front tells 444 of requests that it dropped, those behind a last answer too", async () => {
    const { handler, replies } = keeper();
    const { port, facts, front } = await staged(handler);
    const client = dial(port);
    client.send(`${get("/1")}${get("/2")}${POST}`);
    await eventually(() => replies.length === 2, "two are with the handler");
    replies[1]?.respond(OK, "ready, and held until its turn");
    replies[0]?.respond({ ...OK, holds: HOLDS.close }, "last");
    await client.untilEnded();
    const other = dial(port);
    other.send(get("/3"));
    await eventually(() => replies.length === 3, "the third is with the handler");
    front.shut();
    await untilTold(facts, 4);
    const sorted = short(facts).map(String).sort();
    assert.deepEqual(sorted, [
      "GET /1 HTTP/1.1,200,4,complete",
      "GET /2 HTTP/1.1,444,0,dropped",
      "GET /3 HTTP/1.1,444,0,dropped",
      "POST /up HTTP/1.1,444,0,dropped",
    ]);
  });

  it("Front tells of a tunnel once it is closed: its status, and all that the app sent", async () => {
    const { handler, replies } = keeper();
    const { port, facts } = await staged(handler);
    const client = dial(port);
    client.send(get("/t"));
    await eventually(() => replies.length === 1, "it is with the handler");
    const tunnel = replies[0]?.tunnel("");
    tunnel?.write("HTTP/1.1 101 Switching Protocols\r\n\r\n");
    tunnel?.write("bytes");
    await client.until(() => client.text.endsWith("bytes"));
    assert.deepEqual(told(facts), []);
    tunnel?.end();
    client.socket.end();
    await untilTold(facts, 1);
    assert.deepEqual(short(facts), [["GET /t HTTP/1.1", 101, 41, "tunnel"]]);
  });

  it("Front tells the status that an app wrote by itself", async () => {
    const { port, facts } = await staged((_, reply) =>
      reply.tunnel("").end("HTTP/1.1 418 Teapot\r\nConnection: close\r\n\r\n"),
    );
    const client = dial(port);
    client.send(get("/t"));
    await client.untilEnded();
    client.close();
    await untilTold(facts, 1);
    assert.equal(told(facts)[0]?.status, 418);
  });
});

describe("Front bounds what is kept alive", { timeout: 20_000 }, () => {
  it("Front keeps as many connections alive as it may, and no more", async () => {
    const { port, front } = await staged(hello, { persistentLimit: 1 });
    const first = dial(port);
    first.send(get("/"));
    assert.doesNotMatch((await first.answer()).head, /connection: close/);
    const second = dial(port);
    second.send(get("/"));
    assert.match((await second.answer()).head, /connection: close/);
    await second.untilEnded();
    first.send(get("/"));
    assert.doesNotMatch((await first.answer()).head, /connection: close/);
    first.close();
    await eventually(() => front.connectionCount === 0, "there is room again");
    const third = dial(port);
    third.send(get("/"));
    assert.doesNotMatch((await third.answer()).head, /connection: close/);
  });

  it("Front lets another be kept alive as soon as one has had its last answer", async () => {
    const { port, front } = await staged(hello, { persistentLimit: 1 });
    const first = dial(port, true);
    first.send(get("/", "Connection: close\r\n"));
    await first.untilEnded();
    assert.equal(front.connectionCount, 1);
    const second = dial(port);
    second.send(get("/"));
    assert.doesNotMatch((await second.answer()).head, /connection: close/);
  });

  it("Front keeps no connection alive where none may be", async () => {
    const { port } = await staged(hello, { persistentLimit: 0 });
    const client = dial(port);
    client.send(`${get("/")}${get("/")}`);
    await client.untilEnded();
    assert.equal(client.text.split("HTTP/1.1 200").length - 1, 1);
  });
});

describe("Front tells of bytes", { timeout: 20_000 }, () => {
  it("Front tells of every byte that comes and goes, where it is asked to", async () => {
    const { port, facts } = await staged(hello, { tellsBytes: true });
    const client = dial(port);
    client.send(get("/grüße"));
    const { head } = await client.answer();
    const text = (type: "bytes-received" | "bytes-sent"): string =>
      facts.map((fact) => (fact.type === type ? fact.text : "")).join("");
    // The client speaks latin1, which is no UTF-8.
    assert.equal(text("bytes-received"), get("/gr\ufffd\ufffde"));
    assert.equal(text("bytes-sent"), `${head}\r\nhello`);
  });

  it("Front leaves out what is too much, and says how much", async () => {
    const big = Buffer.alloc(200_000, "x");
    const { port, facts } = await staged((_, reply) => reply.respond(OK, big), {
      tellsBytes: true,
    });
    const client = dial(port);
    client.send(get("/"));
    await client.answer();
    const sent = facts.find((fact) => fact.type === "bytes-sent" && fact.omittedBytes > 0);
    assert.ok(sent?.type === "bytes-sent");
    assert.deepEqual([sent.text.length, sent.omittedBytes], [65_536, 134_464]);
  });
});
