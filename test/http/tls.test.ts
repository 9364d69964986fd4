import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, describe, it } from "node:test";
import type { ConnectionOptions, TLSSocket } from "node:tls";
import { promisify } from "node:util";
import type { HttpOptions, TlsOptions } from "../../src/http/index.ts";
import type { Handler, Reply } from "../../src/message/index.ts";
import { connectTls, tlsFile } from "../fixtures/tls/index.ts";
import { Client, eventually, get, type Stage, stage, turn } from "./harness.ts";

const OK = { status: 200, lines: "", holds: 0 };
const hello: Handler = (_, reply) => reply.respond(OK, "hello");
const folder = mkdtempSync(join(tmpdir(), "tls-"));
after(() => rmSync(folder, { recursive: true }));

const LOCALHOST = { keyFile: tlsFile("localhost.key"), certFile: tlsFile("localhost.crt") };
const SHOP = { keyFile: tlsFile("shop.key"), certFile: tlsFile("shop.crt") };

const PLAIN: TlsOptions = {
  certificates: [LOCALHOST],
  minVersion: "TLSv1.2",
  ciphers: "",
  asksClients: false,
};

const open: { shut(): void }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.shut();
});

async function tlsStage(
  handler: Handler = hello,
  tls: Partial<TlsOptions> = {},
  options: Partial<HttpOptions> = {},
): Promise<Stage> {
  const made = await stage(handler, { ...options, tls: { ...PLAIN, ...tls } });
  open.push(made.front);
  return made;
}

function dial(target: number | Socket): Client {
  const client = new Client(target);
  open.push({ shut: () => client.close() });
  return client;
}

function dialTls(port: number, options: ConnectionOptions = {}): Client & { socket: TLSSocket } {
  return dial(connectTls(port, options)) as Client & { socket: TLSSocket };
}

function failures({ facts }: Stage): string[] {
  return facts.flatMap((fact) => (fact.type === "tls-failed" ? [fact.reason] : []));
}

describe("Front over TLS", { timeout: 20_000 }, () => {
  it("Front serves https, says so to the handler, and speaks 1.3 and ALPN's http/1.1", async () => {
    const { port } = await tlsStage(({ peer }, reply) =>
      reply.respond(OK, `${peer.scheme} ${peer.remoteAddress} ${peer.localPort}`),
    );
    const client = dialTls(port);
    for (let n = 0; n < 2; n++) {
      client.send(get("/"));
      assert.equal((await client.answer()).body, `https 127.0.0.1 ${port}`);
    }
    assert.equal(client.socket.getProtocol(), "TLSv1.3");
    assert.equal(client.socket.alpnProtocol, "http/1.1");
  });

  it("Front answers curl", async (t) => {
    const { port } = await tlsStage();
    const words = [
      "-sS",
      "--http1.1",
      "--cacert",
      LOCALHOST.certFile,
      `https://localhost:${port}/`,
    ];
    const curl = await promisify(execFile)("curl", words).catch((error) => {
      if (error.code !== "ENOENT") throw error;
      return undefined;
    });
    if (curl === undefined) return t.skip("no curl");
    assert.equal(curl.stdout, "hello");
  });

  it("Front leaves UNIX sockets plain", async () => {
    const { front } = await tlsStage(({ peer }, reply) => reply.respond(OK, peer.scheme));
    const path = join(folder, "plain.sock");
    await front.listen({ kind: "unix", path, mode: undefined });
    const client = new Client(path);
    client.send(get("/"));
    assert.equal((await client.answer()).body, "http");
    client.close();
  });

  it("Front takes no version older than it was told, and 1.3 whatever the ciphers", async () => {
    const ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256";
    const made = await tlsStage(hello, { ciphers });
    const old = dialTls(made.port, { maxVersion: "TLSv1.2" });
    old.send(get("/"));
    assert.equal((await old.answer()).body, "hello");
    assert.equal(old.socket.getCipher().name, ciphers);
    const newer = dialTls(made.port);
    newer.send(get("/"));
    await newer.answer();
    assert.equal(newer.socket.getProtocol(), "TLSv1.3");
    const strict = await tlsStage(hello, { minVersion: "TLSv1.3" });
    await dialTls(strict.port, { maxVersion: "TLSv1.2" }).untilEnded();
    await eventually(() => failures(strict).length === 1, "it is told");
    assert.deepEqual(failures(strict), ["unsupported protocol"]);
  });

  it("Front asks for a client's certificate if it is to, and serves whoever has none or any", async () => {
    const { port } = await tlsStage(hello, { asksClients: true });
    const [key, cert] = [readFileSync(tlsFile("other.key")), readFileSync(tlsFile("other.crt"))];
    for (const options of [{}, { key, cert }]) {
      const client = dialTls(port, options);
      client.send(get("/"));
      assert.equal((await client.answer()).body, "hello");
    }
  });

  it("Front tells the handler the certificate that a client has shown, if it is to ask for one", async () => {
    const tell: Handler = ({ peer }, reply) => reply.respond(OK, peer.certificate ?? "none");
    const [key, cert] = [readFileSync(tlsFile("other.key")), readFileSync(tlsFile("other.crt"))];
    for (const [asksClients, options, said] of [
      [true, { key, cert }, cert.toString()],
      [true, {}, "none"],
      [false, { key, cert }, "none"],
    ] as const) {
      const { port } = await tlsStage(tell, { asksClients });
      const client = dialTls(port, options);
      for (let n = 0; n < 2; n++) {
        client.send(get("/"));
        assert.equal((await client.answer()).body, said);
      }
    }
  });

  it("Front gives each client the certificate for the name that it asks for, and the first to all others", async () => {
    const { port } = await tlsStage(hello, { certificates: [LOCALHOST, SHOP] });
    for (const [servername, name] of [
      ["localhost", "localhost"],
      ["shop.example", "shop.example"],
      ["SHOP.example", "shop.example"],
      ["eu.shop.example", "shop.example"],
      ["a.eu.shop.example", "localhost"],
      ["example", "localhost"],
      ["", "localhost"],
    ] as const) {
      const client = dialTls(port, { servername, rejectUnauthorized: false });
      client.send(get("/"));
      assert.equal((await client.answer()).body, "hello");
      assert.equal(client.socket.getPeerCertificate().subject.CN, name, servername);
    }
    const strict = dialTls(port, {
      servername: "eu.shop.example",
      ca: readFileSync(SHOP.certFile),
    });
    strict.send(get("/"));
    assert.equal((await strict.answer()).body, "hello");
  });

  it("Front takes up sessions of clients with certificates again, under either name", async () => {
    const tls = { certificates: [LOCALHOST, SHOP], asksClients: true };
    const { port } = await tlsStage(({ peer }, reply) => {
      reply.respond(OK, peer.certificate === undefined ? "nobody" : "somebody");
    }, tls);
    const [key, cert] = [readFileSync(tlsFile("other.key")), readFileSync(tlsFile("other.crt"))];
    for (const servername of ["localhost", "shop.example"]) {
      const options = { servername, key, cert, rejectUnauthorized: false };
      const first = dialTls(port, options);
      const session = new Promise<Buffer>((resolve) => first.socket.once("session", resolve));
      first.send(get("/"));
      assert.equal((await first.answer()).body, "somebody");
      const second = dialTls(port, { ...options, session: await session });
      second.send(get("/"));
      assert.equal((await second.answer()).body, "somebody");
      assert.equal(second.socket.isSessionReused(), true, servername);
    }
  });

  it("Front gives a half-closed client its answer", async () => {
    const replies: Reply[] = [];
    const { port } = await tlsStage((_, reply) => replies.push(reply));
    const client = dialTls(port);
    client.send(get("/"));
    client.socket.end();
    await eventually(() => replies.length === 1, "the request is there");
    await turn();
    replies[0]?.respond(OK, "late");
    assert.equal((await client.answer()).body, "late");
  });

  it("Front reads its files anew with renewTls, and keeps the old ones where the new are bad", async () => {
    const keyFile = join(folder, "renewed.key");
    const certFile = join(folder, "renewed.crt");
    copyFileSync(LOCALHOST.keyFile, keyFile);
    copyFileSync(LOCALHOST.certFile, certFile);
    const made = await tlsStage(hello, { certificates: [{ keyFile, certFile }] });
    const nameOf = async (): Promise<unknown> => {
      const client = dialTls(made.port, { rejectUnauthorized: false });
      client.send(get("/"));
      await client.answer();
      return client.socket.getPeerCertificate().subject.CN;
    };
    const early = dialTls(made.port);
    early.send(get("/"));
    await early.answer();
    copyFileSync(tlsFile("other.key"), keyFile);
    made.front.renewTls();
    assert.match(String(notRenewed(made)), /does not belong to the certificate/);
    assert.equal(await nameOf(), "localhost");
    copyFileSync(tlsFile("other.crt"), certFile);
    made.front.renewTls();
    assert.equal(made.facts.at(-1)?.type, "tls-renewed");
    assert.equal(await nameOf(), "other.localhost");
    early.send(get("/"));
    assert.equal((await early.answer()).body, "hello");
  });
});

function notRenewed({ facts }: Stage): unknown {
  const fact = facts.find(({ type }) => type === "tls-not-renewed");
  return fact?.type === "tls-not-renewed" ? fact.error : undefined;
}

describe("Handshakes", { timeout: 20_000 }, () => {
  it("Handshakes answers plain HTTP with 400 and ends", async () => {
    const made = await tlsStage();
    const client = dial(made.port);
    client.send(get("/"));
    await client.untilEnded();
    assert.match(client.text, /^HTTP\/1\.1 400 .*This port speaks HTTPS\.\n$/s);
    await eventually(() => made.front.connectionCount === 0, "it is gone");
    assert.deepEqual(failures(made), ["the client speaks plain HTTP"]);
  });

  for (const [what, disturb] of [
    ["garbage", (client: Client) => client.send("\x16\x03garbage, garbage")],
    ["an early end", (client: Client) => client.socket.end()],
    ["a reset", (client: Client) => client.socket.resetAndDestroy()],
    ["half a hello", (client: Client) => client.socket.end("\x16\x03\x01\x02\x00\x01", "latin1")],
  ] as const) {
    it(`Handshakes outlives ${what}, and tells it once`, async () => {
      const made = await tlsStage();
      const client = dial(made.port);
      await eventually(() => made.front.connectionCount === 1, "it is accepted");
      disturb(client);
      await eventually(() => client.isClosed, "it is closed");
      await eventually(() => made.front.connectionCount === 0, "it is forgotten");
      assert.equal(failures(made).length, 1);
      const next = dialTls(made.port);
      next.send(get("/"));
      assert.equal((await next.answer()).body, "hello");
    });
  }

  it("Handshakes has no agreement with a client that wants another protocol", async () => {
    const made = await tlsStage();
    const client = dialTls(made.port, { ALPNProtocols: ["h2"] });
    await client.untilEnded();
    assert.match(client.error?.code ?? "", /NO_APPLICATION_PROTOCOL/);
    await eventually(() => failures(made).length === 1, "it is told");
  });

  it("Handshakes counts who has not finished, and ends it after headTimeoutMs whatever it sends", async () => {
    const made = await tlsStage(hello, {}, { headTimeoutMs: 5000, connectionLimit: 1 });
    const slow = dial(made.port);
    await eventually(() => made.front.connectionCount === 1, "it is accepted");
    const second = dial(made.port);
    await second.untilEnded();
    assert.ok(made.facts.some(({ type }) => type === "connection-refused"));
    made.clock.pass(4000);
    slow.send("\x16");
    await turn();
    assert.equal(slow.isClosed, false);
    made.clock.pass(1500);
    await slow.untilEnded();
    await eventually(() => made.front.connectionCount === 0, "it is forgotten");
    assert.deepEqual(failures(made), ["the client took too long"]);
  });

  it("Front.close waits for a handshake no longer than for a first request", async () => {
    const made = await tlsStage();
    const client = dial(made.port);
    await eventually(() => made.front.connectionCount === 1, "it is accepted");
    const closing = made.front.close(60_000);
    made.clock.pass(1000);
    await closing;
    await client.untilEnded();
  });

  it("Front.shut ends handshakes", async () => {
    const made = await tlsStage();
    const client = dial(made.port);
    await eventually(() => made.front.connectionCount === 1, "it is accepted");
    made.front.shut();
    await client.untilEnded();
    await eventually(() => made.front.connectionCount === 0, "it is forgotten");
  });
});

describe("Connection over TLS", { timeout: 20_000 }, () => {
  it("Front.close lets a request over TLS finish", async () => {
    const replies: Reply[] = [];
    const made = await tlsStage((_, reply) => replies.push(reply));
    const client = dialTls(made.port);
    client.send(get("/"));
    await eventually(() => replies.length === 1, "the request is there");
    const closing = made.front.close(60_000);
    replies[0]?.respond(OK, "done");
    const { head, body } = await client.answer();
    assert.match(head, /connection: close/);
    assert.equal(body, "done");
    client.socket.end();
    await closing;
  });

  it("Reply.cut ends a framed body short and resets one that only the end would tell", async () => {
    const replies: Reply[] = [];
    const { port } = await tlsStage((_, reply) => {
      reply.start(OK);
      reply.write(Buffer.from("half"));
      replies.push(reply);
    });
    const framed = dialTls(port);
    framed.send(get("/"));
    await framed.until(() => framed.text.endsWith("\r\n4\r\nhalf\r\n"));
    replies.pop()?.cut();
    await framed.untilEnded();
    assert.match(framed.text, /half\r\n$/);
    assert.equal(framed.error, undefined);
    const endless = dialTls(port);
    endless.send("GET / HTTP/1.0\r\n\r\n");
    await endless.until(() => endless.text.endsWith("\r\n\r\nhalf"));
    replies.pop()?.cut();
    await eventually(() => endless.isClosed, "it is cut");
    assert.equal(endless.error?.code, "ECONNRESET");
  });

  it("Reply.write says false to a reader over TLS that is slow, and goes on when it reads", async () => {
    const replies: Reply[] = [];
    let drained = 0;
    const chunk = Buffer.alloc(1_000_000, "x");
    const { port } = await tlsStage((_, reply) => {
      reply.onDrain = () => drained++;
      reply.start({ status: 200, lines: "content-length: 50000000\r\n", holds: 0 });
      replies.push(reply);
    });
    const client = dialTls(port);
    client.socket.pause();
    client.send(get("/"));
    await eventually(() => replies.length === 1, "the request is there");
    let written = 0;
    while (replies[0]?.write(chunk) !== false && written < 50) written++;
    assert.ok(written < 50);
    assert.equal(drained, 0);
    client.socket.resume();
    await eventually(() => drained > 0, "there is room again");
  });

  it("ReaderWatch ends a connection over TLS that takes nothing, not one that takes a little", async () => {
    const made = await tlsStage(
      (_, reply) => reply.respond(OK, Buffer.alloc(80_000_000)),
      {},
      {
        writeTimeoutMs: 5000,
      },
    );
    const client = dialTls(made.port);
    client.socket.once("data", () => client.socket.pause());
    client.send(get("/"));
    await eventually(() => client.text !== "", "the answer has begun");
    for (let n = 0; n < 4; n++) {
      made.clock.pass(3000);
      const before = client.socket.bytesRead;
      client.socket.resume();
      await eventually(() => client.socket.bytesRead > before + 8_000_000, "it reads");
      client.socket.pause();
    }
    assert.equal(
      made.facts.some(({ type }) => type === "reader-stuck"),
      false,
    );
    made.clock.pass(12_000);
    await eventually(() => made.front.connectionCount === 0, "it is let go");
    assert.ok(made.facts.some(({ type }) => type === "reader-stuck"));
  });

  it("Tunnel over TLS carries plain bytes for its owner, both ways, and both ends", async () => {
    const { port } = await tlsStage((_, reply) => {
      const tunnel = reply.tunnel("HTTP/1.1 101 Switching Protocols\r\n\r\n");
      tunnel.on("data", (bytes: Buffer) => tunnel.write(bytes.toString("latin1").toUpperCase()));
      tunnel.on("end", () => tunnel.end("bye"));
    });
    const client = dialTls(port);
    client.send(`${get("/")}early `);
    await client.until(() => client.text.endsWith("\r\n\r\nEARLY "));
    client.send("x".repeat(500_000));
    await client.until(() => client.text.endsWith("X".repeat(500_000)));
    client.socket.end();
    await client.untilEnded();
    assert.match(client.text, /Xbye$/);
    await eventually(() => client.isClosed, "it is closed");
  });
});
