import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import {
  existsSync,
  linkSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, describe, it } from "node:test";
import { Front, HTTP_DEFAULTS, ListenError, parseAddress } from "../../src/http/index.ts";
import { systemClock } from "../../src/kit/index.ts";
import type { Handler, Reply } from "../../src/message/index.ts";
import { Client, eventually, get, stage, turn } from "./harness.ts";

const OK = { status: 200, lines: "", holds: 0 };
const hello: Handler = (_, reply) => reply.respond(OK, "hello");
const folder = mkdtempSync(join(tmpdir(), "front-"));
after(() => rmSync(folder, { recursive: true }));

const open: { shut(): void }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.shut();
});

function front(handler: Handler = hello): Front {
  const made = new Front(handler, HTTP_DEFAULTS, systemClock, () => {});
  open.push(made);
  return made;
}

function dial(target: number | string, allowHalfOpen = false): Client {
  const client = new Client(target, allowHalfOpen);
  open.push({ shut: () => client.close() });
  return client;
}

describe("parseAddress", () => {
  const cases: [string, object][] = [
    ["127.0.0.1:80", { kind: "tcp", host: "127.0.0.1", port: 80 }],
    ["localhost:0", { kind: "tcp", host: "localhost", port: 0 }],
    [":8080", { kind: "tcp", host: undefined, port: 8080 }],
    ["[::1]:80", { kind: "tcp", host: "::1", port: 80 }],
    ["unix:/a/b", { kind: "unix", path: "/a/b", mode: undefined }],
    ["unix:c.sock?mode=0660", { kind: "unix", path: "c.sock", mode: 0o660 }],
    ["fd:3", { kind: "fd", fd: 3 }],
  ];
  for (const [text, address] of cases) {
    it(`parseAddress reads ${text}`, () => assert.deepEqual(parseAddress(text), address));
  }
  for (const text of [
    "",
    "a",
    "80",
    "a:b",
    "a:99999",
    "::1:80",
    "unix:",
    "unix:a?mode=9",
    "fd:x",
  ]) {
    it(`parseAddress refuses "${text}" and says how it is written`, () => {
      assert.throws(() => parseAddress(text), { code: "BAD_ADDRESS", message: /HOST:PORT/ });
    });
  }
});

describe("Front listens", { timeout: 20_000 }, () => {
  it("Front serves TCP over IPv4 and IPv6, several at once", async () => {
    const made = front((request, reply) => reply.respond(OK, request.peer.remoteAddress));
    for (const [text, peer] of [
      ["127.0.0.1:0", "127.0.0.1"],
      ["[::1]:0", "::1"],
    ] as const) {
      const bound = await made.listen(parseAddress(text));
      assert.ok(bound.kind === "tcp" && bound.port > 0);
      const response = await fetch(`http://${text.slice(0, -2)}:${bound.port}/`);
      assert.equal(await response.text(), peer);
    }
  });

  it("Front names the address that is in use", async () => {
    const bound = await front().listen(parseAddress("127.0.0.1:0"));
    assert.ok(bound.kind === "tcp");
    const again = front().listen(parseAddress(`127.0.0.1:${bound.port}`));
    await assert.rejects(again, (error) => {
      assert.ok(error instanceof ListenError);
      assert.match(error.message, new RegExp(`127.0.0.1:${bound.port}: another process listens`));
      return true;
    });
  });

  it("Front serves a UNIX socket with the mode it was told, and removes it", async () => {
    const path = join(folder, "mode.sock");
    const made = front((request, reply) => {
      assert.equal(request.peer.localPort, undefined);
      reply.respond(OK, request.peer.remoteAddress);
    });
    await made.listen(parseAddress(`unix:${path}?mode=0640`));
    assert.equal(statSync(path).mode & 0o777, 0o640);
    const client = dial(path);
    client.send(get("/"));
    assert.equal((await client.answer()).body, "127.0.0.1");
    made.shut();
    assert.equal(existsSync(path), false);
  });

  it("Front replaces a stale socket, and leaves one alone that is served", async () => {
    const path = join(folder, "stale.sock");
    const draft = join(folder, "stale.draft");
    const old = createServer();
    await new Promise<void>((resolve) => old.listen(draft, resolve));
    renameSync(draft, path);
    const second = front().listen(parseAddress(`unix:${path}`));
    await assert.rejects(second, /another process accepts connections on it/);
    await new Promise((resolve) => old.close(resolve));
    assert.equal(existsSync(path), true);
    await front().listen(parseAddress(`unix:${path}`));
    const client = dial(path);
    client.send(get("/"));
    assert.equal((await client.answer()).body, "hello");
  });

  it("Front does not touch a file that is no socket", async () => {
    const path = join(folder, "file");
    writeFileSync(path, "precious");
    await assert.rejects(front().listen(parseAddress(`unix:${path}`)), /not a socket/);
    assert.equal(statSync(path).size, 8);
  });

  it("Front never removes a socket that another has put in its place", async () => {
    const path = join(folder, "taken.sock");
    const first = front();
    await first.listen(parseAddress(`unix:${path}`));
    const other = createServer();
    open.push({ shut: () => other.close() });
    await new Promise<void>((resolve) => other.listen(`${path}2`, resolve));
    renameSync(`${path}2`, path);
    first.shut();
    assert.equal(existsSync(path), true);
  });

  it("Front says so when a socket's path is too long", async () => {
    const path = join(folder, "x".repeat(120));
    await assert.rejects(front().listen(parseAddress(`unix:${path}`)), /longer than 107 bytes/);
  });

  for (const kind of ["tcp", "unix"] as const) {
    it(`Front serves a socket that it inherited, and says which (${kind})`, async () => {
      const path = join(folder, "inherited.sock");
      const parent = createServer();
      const where = kind === "unix" ? { path } : { port: 0, host: "127.0.0.1" };
      await new Promise<void>((resolve) => parent.listen(where, resolve));
      open.push({ shut: () => parent.close() });
      const address = parent.address();
      const port = address !== null && typeof address === "object" ? address.port : 0;
      const script = new URL("./inherited-front.ts", import.meta.url).pathname;
      const handle = (parent as unknown as { _handle: { fd: number } })._handle;
      const child = spawn(process.execPath, ["--import", "tsx", script], {
        stdio: ["ignore", "pipe", "inherit", handle.fd],
      });
      const closed = new Promise((resolve) => child.once("close", resolve));
      try {
        const said = await new Promise((resolve) => child.stdout?.once("data", resolve));
        assert.equal(`${said}`, kind === "unix" ? "fd:3\n" : `127.0.0.1:${port}\n`);
        // The parent accepts nothing any more, and takes the name that it has made along.
        if (kind === "unix") linkSync(path, `${path}.link`);
        parent.close();
        const client = dial(kind === "unix" ? `${path}.link` : port);
        client.send(get("/"));
        assert.equal((await client.answer()).body, "inherited");
      } finally {
        child.kill();
        await closed;
      }
    });
  }
});

describe("Front closes", { timeout: 20_000 }, () => {
  it("Front.close ends idle connections at once and lets requests in flight finish", async () => {
    const replies: Reply[] = [];
    const { front: made, port } = await stage((request, reply) => {
      if (request.path === "/idle") reply.respond(OK, "");
      else replies.push(reply);
    });
    open.push(made);
    const idle = dial(port);
    idle.send(get("/idle"));
    await idle.answer();
    const busy = dial(port);
    busy.send(get("/busy"));
    await eventually(() => replies.length === 1, "the request is there");
    let isClosed = false;
    const closing = made.close(60_000).then(() => {
      isClosed = true;
    });
    await idle.untilEnded();
    const late = dial(port);
    await eventually(() => late.isClosed, "nobody is accepted any more");
    assert.equal(isClosed, false);
    replies[0]?.respond(OK, "done");
    const { head, body } = await busy.answer();
    assert.match(head, /connection: close/);
    assert.equal(body, "done");
    await closing;
  });

  it("Front.close closes what is left after its deadline", async () => {
    let gone = 0;
    let asked = 0;
    const {
      front: made,
      port,
      clock,
    } = await stage((_, reply) => {
      asked++;
      reply.onGone = () => gone++;
    });
    open.push(made);
    const client = dial(port);
    client.send(get("/"));
    await eventually(() => asked === 1, "the request is there");
    const closing = made.close(5000);
    await turn();
    clock.pass(5001);
    await closing;
    await made.close(0);
    await client.untilEnded();
    assert.equal(gone, 1);
  });

  it("Front.close counts tunnels as connections", async () => {
    const {
      front: made,
      port,
      clock,
    } = await stage((_, reply) => {
      reply.tunnel("HI\r\n").resume();
    });
    open.push(made);
    const client = dial(port);
    client.send(get("/"));
    await client.until(() => client.text === "HI\r\n");
    const closing = made.close(1000);
    await turn();
    assert.equal(made.connectionCount, 1);
    clock.pass(1001);
    await closing;
  });
});

describe("Front bounds its connections", { timeout: 20_000 }, () => {
  it("Front turns a connection beyond the limit away and says so", async () => {
    const { front: made, port, facts } = await stage(hello, { connectionLimit: 1 });
    open.push(made);
    const first = dial(port);
    first.send(get("/"));
    await first.answer();
    const second = dial(port);
    await second.untilEnded();
    assert.match(second.text, /^HTTP\/1\.1 503 /);
    assert.ok(facts.some((fact) => fact.type === "connection-refused" && fact.limit === 1));
    first.close();
    await eventually(() => made.connectionCount === 0, "there is room again");
    const third = dial(port);
    third.send(get("/"));
    assert.equal((await third.answer()).body, "hello");
  });

  it("Front lets a client beyond the limit read its 503 while it still sends, and then go", async () => {
    const made = await stage(hello, { connectionLimit: 0, lingerTimeoutMs: 2000 });
    open.push(made.front);
    const client = dial(made.port, true);
    client.send("x".repeat(5_000_000));
    await client.untilEnded();
    assert.match(client.text, /^HTTP\/1\.1 503 /);
    assert.equal(client.error, undefined);
    assert.equal(client.isClosed, false);
    made.clock.pass(3000);
    client.send("more");
    await eventually(() => client.isClosed, "it is let go");
    assert.equal(made.front.connectionCount, 0);
  });

  it("Front outlives the end of its file descriptors, says so once, and serves again", {
    skip: process.platform !== "linux",
  }, async () => {
    const script = new URL("./crowded-front.ts", import.meta.url).pathname;
    const child = spawn(
      "sh",
      ["-c", 'ulimit -n 64; exec "$@"', "sh", process.execPath, "--import", "tsx", script],
      {
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    const closed = new Promise((resolve) => child.once("close", resolve));
    try {
      let said = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        said += text;
      });
      await eventually(() => said.includes("\n"), "it listens");
      const port = Number(/port (\d+)/.exec(said)?.[1]);
      const crowd = Array.from({ length: 100 }, () => dial(port));
      await eventually(() => crowd.some((one) => one.isClosed), "some are closed unheard");
      await eventually(() => said.includes("descriptors-spent 64\n"), "it says so");
      for (const one of crowd) one.close();
      await eventually(() => crowd.every((one) => one.isClosed), "the crowd has gone");
      assert.equal(await served(port), "hello");
      assert.equal(said.match(/descriptors-spent/g)?.length, 1);
      assert.equal(child.exitCode, null);
    } finally {
      child.kill();
      await closed;
    }
  });
});

/** Asks until there is an answer: the front sees the crowd's ends a moment after they happened. */
async function served(port: number): Promise<string> {
  for (;;) {
    const client = dial(port);
    client.send(get("/"));
    try {
      return (await client.answer()).body;
    } catch {
      await turn();
    }
  }
}
