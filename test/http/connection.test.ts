import assert from "node:assert/strict";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, it } from "node:test";
import type { HttpOptions } from "../../src/http/index.ts";
import { type Handler, HOLDS, type Reply, type Request } from "../../src/message/index.ts";
import { bodyText, Client, eventually, get, type Stage, stage, turn } from "./harness.ts";

const OK = { status: 200, lines: "", holds: 0 };
const post = (length: number, lines = "") =>
  `POST /up HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n${lines}\r\n`;

const open: { shut(): void }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.shut();
});

async function staged(handler: Handler, options: Partial<HttpOptions> = {}): Promise<Stage> {
  const made = await stage(handler, options);
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

function reply(of: readonly Reply[], index = 0): Reply {
  const found = of[index];
  assert.ok(found, `there is no reply ${index}`);
  return found;
}

describe("Connection keeps time", () => {
  it("Connection answers 408 to a head that is too slow, however it trickles", {
    timeout: 10_000,
  }, async () => {
    const { port, clock } = await staged(keeper().handler, { headTimeoutMs: 5000 });
    const client = dial(port);
    client.send("GET / HTTP/1.1\r\n");
    for (let i = 0; i < 20 && client.text === ""; i++) {
      clock.pass(500);
      client.send(`X${i}: 1\r\n`);
      await turn();
      await turn();
    }
    assert.equal((await client.answer()).status, 408);
    await client.untilEnded();
  });

  it("Connection answers 408 to a body that stands still", { timeout: 10_000 }, async () => {
    const { handler, requests } = keeper();
    const { port, clock, front } = await staged(handler, { bodyTimeoutMs: 3000 });
    const client = dial(port);
    client.send(`${post(5)}he`);
    await eventually(() => front.connectionCount === 1, "it is accepted");
    await eventually(() => {
      clock.pass(250);
      return client.text !== "";
    }, "408 comes");
    assert.equal((await client.answer()).status, 408);
    assert.equal(requests.length, 0);
  });

  it("Connection ends an idle one without a word", { timeout: 10_000 }, async () => {
    const { port, clock } = await staged((_, to) => to.respond(OK, "x"), {
      keepAliveTimeoutMs: 7000,
    });
    const client = dial(port);
    client.send(get("/"));
    await client.answer();
    clock.pass(6000);
    await turn();
    assert.equal(client.isEnded, false);
    clock.pass(1500);
    await client.untilEnded();
    assert.equal(client.text, "");
  });

  it("Connection lets an answer take as long as it likes", { timeout: 10_000 }, async () => {
    const { handler, replies } = keeper();
    const { port, clock } = await staged(handler);
    const client = dial(port);
    client.send(get("/"));
    await eventually(() => replies.length === 1, "the request is there");
    clock.pass(3_600_000);
    reply(replies).respond(OK, "late");
    assert.equal((await client.answer()).body, "late");
  });

  it("Connection lets a client go that takes nothing, and says so", {
    timeout: 10_000,
  }, async () => {
    const { handler, replies } = keeper();
    const { port, clock, facts } = await staged(handler, { writeTimeoutMs: 2000 });
    const client = dial(port);
    client.socket.pause();
    client.send(get("/"));
    await eventually(() => replies.length === 1, "the request is there");
    let gone = 0;
    const to = reply(replies);
    to.onGone = () => gone++;
    to.start(OK);
    while (to.write(Buffer.alloc(65_536)));
    for (let i = 0; i < 50; i++) await turn();
    for (let i = 0; i < 10; i++) clock.pass(500);
    await eventually(() => gone === 1, "the reply is told");
    assert.ok(facts.some((fact) => fact.type === "reader-stuck"));
    assert.equal(to.isOpen, false);
  });
});

describe("Connection holds slow readers back", () => {
  it("Reply.write says false past the bound and onDrain comes once there is room", {
    timeout: 10_000,
  }, async () => {
    const { handler, replies } = keeper();
    const { port, front } = await staged(handler, { responseLimitBytes: 256 * 1024 });
    const client = dial(port);
    client.socket.pause();
    client.send(get("/"));
    await eventually(() => replies.length === 1, "the request is there");
    const to = reply(replies);
    to.start({ status: 200, lines: "content-length: 20000000\r\n", holds: HOLDS.contentLength });
    const piece = Buffer.alloc(50_000, "x");
    let sent = 0;
    let mostWaiting = 0;
    const more = () => {
      while (sent < 20_000_000) {
        sent += piece.length;
        const goesOn = to.write(piece);
        mostWaiting = Math.max(mostWaiting, front.budget.usedBytes);
        if (!goesOn) return;
      }
      to.end();
    };
    to.onDrain = more;
    more();
    assert.ok(sent < 20_000_000);
    client.socket.resume();
    const { body } = await client.answer();
    assert.equal(body.length, 20_000_000);
    assert.ok(mostWaiting < 400_000, `${mostWaiting} bytes waited`);
    await eventually(() => front.budget.usedBytes === 0, "nothing waits any more");
  });

  it("Reply.write says false for every slow client once the total is spent", {
    timeout: 10_000,
  }, async () => {
    const { handler, replies } = keeper();
    const { port } = await staged(handler, { totalResponseLimitBytes: 100_000 });
    const slow = dial(port);
    slow.socket.pause();
    slow.send(get("/slow"));
    await eventually(() => replies.length === 1, "the first is there");
    const first = reply(replies);
    first.start(OK);
    while (first.write(Buffer.alloc(20_000)));
    const quick = dial(port);
    quick.send(get("/quick"));
    await eventually(() => replies.length === 2, "the second is there");
    reply(replies, 1).start(OK);
    assert.equal(reply(replies, 1).write(Buffer.from("x")), false);
    await eventually(() => quick.text.includes("x\r\n"), "it comes all the same");
  });

  it("Connection stops reading a client that pipelines and reads nothing", {
    timeout: 10_000,
  }, async () => {
    let served = 0;
    const big = Buffer.alloc(200_000);
    const { port, front } = await staged(
      (_, to) => {
        served++;
        to.respond(OK, big);
      },
      { responseLimitBytes: 500_000 },
    );
    const client = dial(port);
    client.socket.pause();
    client.send(get("/").repeat(400));
    await eventually(() => front.budget.usedBytes > 500_000, "the bound is reached");
    for (let i = 0; i < 50; i++) await turn();
    assert.ok(served < 100, `${served} were served`);
    assert.ok(front.budget.usedBytes < 1_000_000);
    client.socket.resume();
    await eventually(() => served === 400, "all are served in the end");
  });
});

describe("Connection answers in order", () => {
  it("Connection hands pipelined requests over at once and sends answers in their order", {
    timeout: 10_000,
  }, async () => {
    const { handler, replies } = keeper();
    const { port } = await staged(handler);
    const client = dial(port);
    client.send(get("/1") + get("/2") + get("/3"));
    await eventually(() => replies.length === 3, "all three are there");
    reply(replies, 2).respond(OK, "three");
    reply(replies, 1).start(OK);
    reply(replies, 1).write(Buffer.from("two"));
    await turn();
    assert.equal(client.text, "");
    reply(replies, 0).respond(OK, "one");
    reply(replies, 1).end();
    assert.equal((await client.answer()).body, "one");
    assert.match((await client.answer()).body, /two/);
    assert.equal((await client.answer()).body, "three");
  });

  it("Connection hands over no more than pipelineLimit, and goes on when one is answered", {
    timeout: 10_000,
  }, async () => {
    const { handler, replies } = keeper();
    const { port } = await staged(handler, { pipelineLimit: 2 });
    const client = dial(port);
    client.send(get("/1") + get("/2") + get("/3"));
    await eventually(() => replies.length === 2, "two are there");
    await turn();
    assert.equal(replies.length, 2);
    reply(replies).respond(OK, "");
    await eventually(() => replies.length === 3, "the third comes");
  });

  it("Connection lets no unsafe request run beside another", { timeout: 10_000 }, async () => {
    const { handler, replies, requests } = keeper();
    const { port } = await staged(handler);
    const client = dial(port);
    client.send(`${get("/1")}${post(2)}hi${get("/3")}`);
    await eventually(() => replies.length === 1, "the first is there");
    await turn();
    assert.equal(requests.length, 1);
    reply(replies, 0).respond(OK, "");
    await eventually(() => replies.length === 2, "POST follows");
    await turn();
    assert.equal(requests.length, 2);
    reply(replies, 1).respond(OK, "");
    await eventually(() => replies.length === 3, "GET follows");
  });
});

describe("Connection tells when the client goes", () => {
  it("Reply.onGone is called once when the client resets", { timeout: 10_000 }, async () => {
    const { handler, replies } = keeper();
    const { port, front } = await staged(handler);
    const client = dial(port);
    client.send(get("/"));
    await eventually(() => replies.length === 1, "the request is there");
    let gone = 0;
    reply(replies).onGone = () => gone++;
    client.socket.resetAndDestroy();
    await eventually(() => front.connectionCount === 0, "it is forgotten");
    assert.equal(gone, 1);
    reply(replies).respond(OK, "nobody hears it");
    assert.equal(reply(replies).isOpen, false);
  });

  it("Connection answers a client that ends its side right behind its request", {
    timeout: 10_000,
  }, async () => {
    const { handler, replies } = keeper();
    const { port, clock } = await staged(handler);
    const client = dial(port, true);
    client.socket.end(get("/"), "latin1");
    await eventually(() => replies.length === 1, "the request is there");
    for (let i = 0; i < 20; i++) await turn();
    clock.pass(5000);
    reply(replies).respond(OK, "still here");
    assert.equal((await client.answer()).body, "still here");
    await client.untilEnded();
  });

  it("Connection takes a client as gone that ends its side long after its request", {
    timeout: 10_000,
  }, async () => {
    const { handler, replies } = keeper();
    const { port, clock } = await staged(handler);
    const client = dial(port);
    client.send(get("/"));
    await eventually(() => replies.length === 1, "the request is there");
    let gone = 0;
    reply(replies).onGone = () => gone++;
    clock.pass(1000);
    client.socket.end();
    await eventually(() => gone === 1, "the reply is told");
  });
});

describe("Connection ends with care", () => {
  it("Connection lets an early refusal be read while the client still sends", {
    timeout: 10_000,
  }, async () => {
    const { port } = await staged(keeper().handler, { bodyLimitBytes: 10 });
    const client = dial(port);
    client.send(post(50_000_000));
    client.send("x".repeat(5_000_000));
    assert.equal((await client.answer()).status, 413);
    await client.untilEnded();
    assert.equal(client.error, undefined);
  });

  it("Connection closes a lingering one in the end", { timeout: 10_000 }, async () => {
    const { port, clock, front } = await staged(keeper().handler, { lingerTimeoutMs: 2000 });
    const client = dial(port, true);
    client.send("BAD\r\n\r\n");
    assert.equal((await client.answer()).status, 400);
    await client.untilEnded();
    assert.equal(front.connectionCount, 1);
    clock.pass(3000);
    await eventually(() => front.connectionCount === 0, "it is let go");
  });

  it("Connection says nothing of half a head behind its last answer", {
    timeout: 10_000,
  }, async () => {
    const { handler, replies } = keeper();
    const { port, facts, front } = await staged(handler);
    const client = dial(port);
    client.send(`${get("/")}GET /half HTTP/1.1\r\n`);
    await eventually(() => replies.length === 1, "the request is there");
    reply(replies).respond({ ...OK, holds: HOLDS.close }, "bye");
    assert.equal((await client.answer()).body, "bye");
    await eventually(() => front.connectionCount === 0, "it is forgotten");
    assert.deepEqual(
      facts.filter((fact) => fact.type === "request-refused"),
      [],
    );
  });

  it("Connection gives a slow reader the whole of its last answer", {
    timeout: 10_000,
  }, async () => {
    const { handler, replies } = keeper();
    const { port, clock } = await staged(handler, {
      lingerTimeoutMs: 1000,
      writeTimeoutMs: 60_000,
    });
    const client = dial(port);
    client.socket.pause();
    client.send(get("/", "Connection: close\r\n"));
    await eventually(() => replies.length === 1, "the request is there");
    reply(replies).respond(OK, Buffer.alloc(20_000_000, "x"));
    for (let i = 0; i < 20; i++) await turn();
    clock.pass(10_000);
    client.socket.resume();
    assert.equal((await client.answer()).body.length, 20_000_000);
    await client.untilEnded();
  });

  it("Reply.cut leaves a chunked body without its end", { timeout: 10_000 }, async () => {
    const { port } = await staged((_, to) => {
      to.start(OK);
      to.write(Buffer.from("half"));
      to.cut();
    });
    const client = dial(port);
    client.send(get("/"));
    await client.untilEnded();
    assert.match(client.text, /\r\n\r\n4\r\nhalf\r\n$/);
  });

  it("Reply.cut resets where only the end would tell", { timeout: 10_000 }, async () => {
    const { handler, replies } = keeper();
    const { port } = await staged(handler);
    const client = dial(port);
    client.send("GET / HTTP/1.0\r\n\r\n");
    await eventually(() => replies.length === 1, "the request is there");
    reply(replies).start(OK);
    await client.until(() => client.text.includes("\r\n\r\n"));
    for (let i = 0; i < 20; i++) await turn();
    reply(replies).cut();
    await eventually(() => client.isClosed, "it is closed");
    assert.equal(client.error?.code, "ECONNRESET");
  });

  it("Reply.end cuts when less was written than promised, and write drops what is more", {
    timeout: 10_000,
  }, async () => {
    const { port } = await staged((request, to) => {
      to.start({ status: 200, lines: "Content-Length: 5\r\n", holds: HOLDS.contentLength });
      to.write(Buffer.from(request.path === "/less" ? "abc" : "abcdefgh"));
      to.end();
    });
    const more = dial(port);
    more.send(get("/more"));
    assert.equal((await more.answer()).body, "abcde");
    const less = dial(port);
    less.send(get("/less"));
    await less.untilEnded();
    assert.match(less.text, /abc$/);
  });
});

describe("Connection takes bodies in", () => {
  it("Connection sends 100 Continue when the client waits for it", {
    timeout: 10_000,
  }, async () => {
    const { port } = await staged((request, to) => to.respond(OK, bodyText(request)));
    const client = dial(port);
    client.send(post(3, "Expect: 100-continue\r\n"));
    await client.until(() => client.text === "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("abc");
    assert.equal((await client.answer()).body, "abc");
  });

  it("Connection keeps a large body in a file that is removed with the request", {
    timeout: 10_000,
  }, async () => {
    const folder = mkdtempSync(join(tmpdir(), "http-"));
    open.push({ shut: () => rmSync(folder, { recursive: true }) });
    const { handler, replies, requests } = keeper();
    const { port } = await staged(handler, { temporaryFolder: folder, bodyMemoryLimitBytes: 1000 });
    const client = dial(port);
    const text = "0123456789".repeat(300_000);
    client.send(post(text.length));
    client.send(text);
    await eventually(() => replies.length === 1, "the request is there");
    const body = requests[0]?.body;
    assert.ok(body?.kind === "file");
    assert.equal(body.sizeBytes, text.length);
    assert.equal(readFileSync(body.path, "latin1"), text);
    assert.equal(statSync(body.path).mode & 0o777, 0o600);
    reply(replies).respond(OK, "thanks");
    await client.answer();
    await eventually(() => !existsSync(body.path), "the file is removed");
    client.send(post(5000) + "x".repeat(2000));
    await eventually(() => readdirSync(folder).length === 1, "a second file");
    client.close();
    await eventually(() => readdirSync(folder).length === 0, "it is removed with its client");
  });

  it("Connection answers 500 and says why when the file cannot be made", {
    timeout: 10_000,
  }, async () => {
    const { port, facts } = await staged(keeper().handler, {
      temporaryFolder: "/nonexistent",
      bodyMemoryLimitBytes: 10,
    });
    const client = dial(port);
    client.send(post(100) + "x".repeat(100));
    assert.equal((await client.answer()).status, 500);
    assert.ok(facts.some((fact) => fact.type === "file-failed"));
  });

  it("Connection streams a body as it is pulled, and asks for it only then", {
    timeout: 10_000,
  }, async () => {
    const { handler, replies, requests } = keeper();
    const { port } = await staged(handler, { streamUploads: true });
    const client = dial(port);
    client.send(post(6, "Expect: 100-continue\r\n"));
    await eventually(() => replies.length === 1, "the request is there before its body");
    const body = requests[0]?.body;
    assert.ok(body?.kind === "stream");
    assert.equal(body.sizeBytes, 6);
    assert.equal(client.text, "");
    const chunks = body.chunks[Symbol.asyncIterator]();
    const first = chunks.next();
    await client.until(() => client.text === "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("abc");
    assert.equal(Buffer.from((await first).value).toString(), "abc");
    const second = chunks.next();
    client.send("def");
    assert.equal(Buffer.from((await second).value).toString(), "def");
    assert.equal((await chunks.next()).done, true);
    reply(replies).respond(OK, "done");
    assert.equal((await client.answer()).body, "done");
    client.send(get("/next"));
    await eventually(() => replies.length === 2, "the connection goes on");
  });

  it("Connection fails a stream whose client goes", { timeout: 10_000 }, async () => {
    const { handler, requests } = keeper();
    const { port } = await staged(handler, { streamUploads: true });
    const client = dial(port);
    client.send(`${post(6)}ab`);
    await eventually(() => requests.length === 1, "the request is there");
    const body = requests[0]?.body;
    assert.ok(body?.kind === "stream");
    const chunks = body.chunks[Symbol.asyncIterator]();
    await chunks.next();
    const next = assert.rejects(chunks.next(), { code: "CONNECTION_LOST" });
    client.socket.resetAndDestroy();
    await next;
  });

  it("Connection answers a streamed upload early and closes with care", {
    timeout: 10_000,
  }, async () => {
    const { port } = await staged((_, to) => to.respond(OK, "enough"), { streamUploads: true });
    const client = dial(port);
    client.send(post(10_000_000));
    client.send("x".repeat(3_000_000));
    const { head, body } = await client.answer();
    assert.match(head, /connection: close/);
    assert.equal(body, "enough");
    await client.untilEnded();
    assert.equal(client.error, undefined);
  });
});

describe("Reply frames what it is given", () => {
  const framed = async (handler: Handler, request: string): Promise<Client> => {
    const { port } = await staged(handler);
    const client = dial(port);
    client.send(request);
    return client;
  };

  for (const [status, pattern] of [
    [204, /^HTTP\/1\.1 204 No Content\r\ndate: [^\r]*\r\nx: y\r\n\r\n$/],
    [304, /^HTTP\/1\.1 304 Not Modified\r\ndate: [^\r]*\r\nx: y\r\ncontent-length: 3\r\n\r\n$/],
    [205, /^HTTP\/1\.1 205 Reset Content\r\ndate: [^\r]*\r\nx: y\r\ncontent-length: 0\r\n\r\n$/],
  ] as const) {
    it(`Reply.respond sends ${status} without a body`, { timeout: 10_000 }, async () => {
      const lines = "x: y\r\ncontent-length: 3\r\n";
      const client = await framed(
        (request, to) =>
          request.path === "/"
            ? to.respond({ status, lines, holds: HOLDS.contentLength }, "abc")
            : to.respond(OK, "next"),
        get("/"),
      );
      await client.until(() => client.text.includes("\r\n\r\n"));
      assert.match(client.text, pattern);
      client.text = "";
      client.send(get("/next"));
      assert.equal((await client.answer()).body, "next");
    });
  }

  it("Reply answers HEAD with the head of GET", { timeout: 10_000 }, async () => {
    const client = await framed(
      (_, to) => to.respond(OK, "abc"),
      "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n",
    );
    const { head } = await client.answer(true);
    assert.match(head, /content-length: 3/);
    assert.equal(client.text, "");
  });

  it("Reply.start ends with the connection for HTTP/1.0", { timeout: 10_000 }, async () => {
    const client = await framed((_, to) => {
      to.start(OK);
      to.write(Buffer.from("ab"));
      to.end();
    }, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    await client.untilEnded();
    assert.match(client.text, /connection: close\r\n\r\nab$/);
  });

  it("Reply passes chunks of the app on, and decodes them for HTTP/1.0", {
    timeout: 10_000,
  }, async () => {
    const head = { status: 200, lines: "transfer-encoding: chunked\r\n", holds: HOLDS.chunked };
    const handler: Handler = (_, to) => to.respond(head, "2\r\nab\r\n0\r\n\r\n");
    const young = await framed(handler, get("/"));
    assert.equal((await young.answer()).body, "2\r\nab\r\n0\r\n\r\n");
    const old = await framed(handler, "GET / HTTP/1.0\r\n\r\n");
    await old.untilEnded();
    assert.match(old.text, /connection: close\r\n\r\nab$/);
    assert.doesNotMatch(old.text, /transfer-encoding/);
  });

  it("Reply.fail sends a small page and the connection goes on", { timeout: 10_000 }, async () => {
    const client = await framed((_, to) => to.fail(503, "retry-after: 1\r\n"), get("/"));
    const { status, head, body } = await client.answer();
    assert.equal(status, 503);
    assert.match(head, /retry-after: 1\r\ncontent-type: text\/plain\r\n/);
    assert.equal(body, "503 Service Unavailable\n");
    client.send(get("/"));
    assert.equal((await client.answer()).status, 503);
  });

  it("Reply.inform comes before the answer, and never to HTTP/1.0", {
    timeout: 10_000,
  }, async () => {
    const handler: Handler = (_, to) => {
      to.inform(103, "link: </a>\r\n");
      to.respond(OK, "");
    };
    const young = await framed(handler, get("/"));
    await young.until(() =>
      young.text.startsWith("HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n"),
    );
    const old = await framed(handler, "GET / HTTP/1.0\r\n\r\n");
    await old.untilEnded();
    assert.match(old.text, /^HTTP\/1\.1 200/);
  });

  it("Reply.respondFile sends a part of a file, and cuts when it is too short", {
    timeout: 10_000,
  }, async () => {
    const folder = mkdtempSync(join(tmpdir(), "http-"));
    open.push({ shut: () => rmSync(folder, { recursive: true }) });
    const path = join(folder, "file");
    writeFileSync(path, "x".repeat(100) + "y".repeat(3_000_000));
    const file = { path, offsetBytes: 99, lengthBytes: 2_000_000 };
    const client = await framed((_, to) => void to.respondFile(OK, file), get("/"));
    assert.equal((await client.answer()).body, `x${"y".repeat(1_999_999)}`);
    const short = { path, offsetBytes: 3_000_000, lengthBytes: 1000 };
    const other = await framed((_, to) => void to.respondFile(OK, short), get("/"));
    await other.untilEnded();
    assert.match(other.text, /content-length: 1000\r\n\r\ny{100}$/);
    const missing = await framed(
      (_, to) => void to.respondFile(OK, { ...file, path: `${path}-not` }),
      get("/"),
    );
    assert.equal((await missing.answer()).status, 500);
  });

  it("Connection answers 500 for a handler that throws", { timeout: 10_000 }, async () => {
    const client = await framed(() => {
      throw new Error("bug");
    }, get("/"));
    assert.equal((await client.answer()).status, 500);
  });
});

describe("Reply.tunnel hands the connection over", () => {
  it("Tunnel gets the bytes behind the head first, and both directions", {
    timeout: 10_000,
  }, async () => {
    const { port } = await staged((_, to) => {
      const tunnel = to.tunnel("HTTP/1.1 101 Switching Protocols\r\n\r\n");
      tunnel.on("data", (bytes: Buffer) => tunnel.write(`<${bytes}>`));
      tunnel.on("end", () => tunnel.end("bye"));
    });
    const client = dial(port, true);
    client.send(`${get("/", "Connection: upgrade\r\nUpgrade: x\r\n")}GET early`);
    await client.until(() => client.text.endsWith("<GET early>"));
    assert.match(client.text, /^HTTP\/1\.1 101 Switching Protocols\r\n\r\n</);
    client.send("late");
    await client.until(() => client.text.endsWith("<late>"));
    client.socket.end();
    await client.untilEnded();
    assert.match(client.text, /bye$/);
  });

  it("Tunnel waits for the answers before it and holds the client back", {
    timeout: 10_000,
  }, async () => {
    const { handler, replies } = keeper();
    const { port } = await staged(handler);
    const client = dial(port);
    client.send(get("/1") + get("/2"));
    await eventually(() => replies.length === 2, "both are there");
    const tunnel = reply(replies, 1).tunnel("HELLO\r\n");
    tunnel.write("raw");
    await turn();
    assert.equal(client.text, "");
    reply(replies, 0).respond(OK, "one");
    assert.equal((await client.answer()).body, "one");
    await client.until(() => client.text === "HELLO\r\nraw");
    tunnel.destroy();
    await client.untilEnded();
  });
});
