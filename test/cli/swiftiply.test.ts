import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { membersOf } from "../../src/cli/thin-members.ts";
import { until } from "../harness/processes.ts";
import { type Backend, Relay } from "../harness/relay.ts";
import { appFolder, type Started, serve, start } from "../harness/server.ts";
import { site } from "./daemon.ts";

const APP = `
run lambda { |env|
  case env["PATH_INFO"]
  when "/wait" then sleep 0.01 until File.exist?("go"); [200, {}, ["waited"]]
  when "/close" then [200, { "connection" => "close" }, ["closing"]]
  when "/echo" then [200, {}, [env["rack.input"].read]]
  else [200, {}, [env.values_at("REMOTE_ADDR", "SERVER_NAME", "SERVER_PORT", "rack.url_scheme").join(" ")]]
  end
}
`;

function hex(port: number): string {
  return port.toString(16).padStart(4, "0");
}

/** `thin start -y` for the relay; resolves once it is connected. */
async function behind(
  t: TestContext,
  relay: Relay,
  ...words: readonly string[]
): Promise<{ readonly server: Started; readonly folder: string; readonly backend: Backend }> {
  const folder = await appFolder(t, APP);
  const args = ["-a", "127.0.0.1", "-p", String(relay.port), "-y", "mykey", ...words];
  const server = await serve(t, { app: folder, command: "thin", args });
  return { server, folder, backend: await relay.next() };
}

/** What the server answers on this connection. */
async function asked({ line }: Backend, request: string): Promise<string> {
  line.send(request);
  return (await line.read()).text;
}

const GET = "GET / HTTP/1.1\r\nHost: shop.example\r\n\r\n";

test("thin -y connects to the proxy, says who it is, and serves what comes on that connection", async (t) => {
  const relay = await Relay.open(t);
  const { server, backend } = await behind(t, relay);
  assert.equal(backend.greeting, `swiftclient7f000001${hex(relay.port)}05mykey`);
  assert.match(
    server.stdout(),
    new RegExp(`Listening on 127\\.0\\.0\\.1:${relay.port} swiftiply, CTRL\\+C to stop`),
  );
  assert.equal(await asked(backend, GET), "127.0.0.1 shop.example 80 http");
  const body = "x".repeat(300_000);
  const post = `POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n`;
  assert.equal(await asked(backend, post + body), body);
  assert.equal(relay.size, 1);
  assert.equal((await server.stop()).code, 0);
});

test("thin -y keeps its connection whatever one client, or one answer, wishes", async (t) => {
  const relay = await Relay.open(t);
  const { backend } = await behind(t, relay);
  await asked(backend, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  await asked(backend, "GET / HTTP/1.0\r\n\r\n");
  assert.equal(await asked(backend, "GET /close HTTP/1.1\r\nHost: a\r\n\r\n"), "closing");
  assert.equal(await asked(backend, GET), "127.0.0.1 shop.example 80 http");
  assert.equal(backend.line.socket.readyState, "open");
});

test("thin -y connects anew when the proxy hangs up, refuses a request, or has been away", async (t) => {
  const relay = await Relay.open(t);
  const { server, backend } = await behind(t, relay);
  backend.line.socket.destroy();
  const second = await relay.next();
  second.line.send("no request at all\r\n\r\n");
  assert.equal((await second.line.read()).status, 400);
  second.line.socket.end();
  const third = await relay.next();
  assert.equal(third.greeting, backend.greeting);
  assert.equal(await asked(third, GET), "127.0.0.1 shop.example 80 http");
  await relay.close();
  await server.waitForLine(
    /Cannot connect to the proxy at swiftiply:127\.0\.0\.1:\d+ \(ECONNREFUSED\): trying again/,
  );
  const again = await Relay.open(t, relay.port);
  assert.equal(await asked(await again.next(), GET), "127.0.0.1 shop.example 80 http");
  assert.equal(server.stdout().match(/Cannot connect to the proxy/g)?.length, 1);
});

test("thin -y starts before its proxy does", async (t) => {
  const early = await Relay.open(t);
  const { port } = early;
  await early.close();
  const app = await appFolder(t, APP);
  const args = ["-a", "127.0.0.1", "-p", String(port), "-y"];
  const server = await serve(t, { app, command: "thin", args });
  await server.waitForLine(/Cannot connect to the proxy/);
  const relay = await Relay.open(t, port);
  const backend = await relay.next();
  assert.equal(backend.greeting, `swiftclient7f000001${hex(port)}00`);
  assert.equal(await asked(backend, GET), "127.0.0.1 shop.example 80 http");
});

test("thin -y ends with a stop: the request under way is answered, and it connects no more", async (t) => {
  const relay = await Relay.open(t);
  const { server, folder, backend } = await behind(t, relay);
  backend.line.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
  server.signal("SIGTERM");
  await server.waitForLine(/Waiting for 1 connection/);
  await writeFile(join(folder, "go"), "");
  const answer = await backend.line.read();
  assert.deepEqual([answer.text, answer.field("connection")], ["waited", "close"]);
  assert.equal((await backend.line.rest()).length, 0);
  backend.line.socket.end();
  assert.equal((await server.exited).code, 0);
  assert.equal(relay.size, 0);
});

test("thin -y ends at once on INT, also while the proxy is away", async (t) => {
  const relay = await Relay.open(t);
  const { server } = await behind(t, relay);
  await relay.close();
  await server.waitForLine(/Cannot connect to the proxy/);
  server.signal("SIGINT");
  assert.equal((await server.exited).code, 0);
});

test("thin -y has a connection for each request that it can run at a time", async (t) => {
  const relay = await Relay.open(t);
  const { folder, backend } = await behind(t, relay, "--threaded", "--threadpool-size", "3");
  const all = [backend, ...(await relay.several(2))];
  for (const { line } of all.slice(1)) line.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
  assert.equal(await asked(backend, GET), "127.0.0.1 shop.example 80 http");
  await writeFile(join(folder, "go"), "");
  for (const { line } of all.slice(1)) assert.equal((await line.read()).text, "waited");
  assert.equal(relay.size, 3);
});

test("gossamer serve connects to a proxy that it is told to listen on", async (t) => {
  const relay = await Relay.open(t);
  const app = await appFolder(t, APP);
  const where = `swiftiply:127.0.0.1:${relay.port}?key=a/b`;
  const server = await serve(t, { app, args: ["-w1", "-t1", "--listen", where] });
  const backend = await relay.next();
  assert.equal(backend.greeting, `swiftclient7f000001${hex(relay.port)}03a/b`);
  assert.equal(await asked(backend, GET), "127.0.0.1 shop.example 80 http");
  assert.equal((await server.stop()).code, 0);
});

test("membersOf() gives servers behind one proxy the same port, and numbers from 0", () => {
  const given = { servers: "2", port: "4120", swiftiply: "key", log: "log/thin.log" };
  const members = membersOf(new Map(Object.entries(given)));
  assert.deepEqual(
    members.map(({ label, given: own }) => [
      label,
      own.get("port"),
      own.get("pid"),
      own.get("log"),
    ]),
    [
      ["0.0.0.0:4120:0", "4120", "tmp/pids/thin.0.pid", "log/thin.0.log"],
      ["0.0.0.0:4120:1", "4120", "tmp/pids/thin.1.pid", "log/thin.1.log"],
    ],
  );
});

test("thin -s -y runs servers behind one proxy, and stop ends them all", async (t) => {
  const relay = await Relay.open(t);
  const place = await site(t, APP);
  const words = ["-s", "2", "-a", "127.0.0.1", "-p", String(relay.port), "--swiftiply=mykey"];
  const started = await place.thin("start", ...words);
  assert.deepEqual([started.code, started.stderr], [0, ""]);
  for (const member of [0, 1]) {
    assert.match(
      started.stdout,
      new RegExp(`Starting server on 127\\.0\\.0\\.1:${relay.port}:${member} \\.\\.\\. `),
    );
    const pid = await place.pid(member);
    assert.match(
      await readFile(`/proc/${pid}/cmdline`, "latin1"),
      new RegExp(`^thin server \\(127\\.0\\.0\\.1:${relay.port} swiftiply\\)`),
    );
  }
  for (const backend of await relay.several(2)) {
    assert.equal(backend.greeting, `swiftclient7f000001${hex(relay.port)}05mykey`);
    assert.equal(await asked(backend, GET), "127.0.0.1 shop.example 80 http");
    backend.line.socket.on("end", () => backend.line.socket.end());
  }
  assert.equal((await place.thin("stop", ...words)).code, 0);
  await until(
    () => relay.size === 0,
    20_000,
    () => `${relay.size} connections are left`,
  );
});

test("thin -y refuses a socket, and a key that does not fit, in one line", async (t) => {
  const app = await appFolder(t, APP);
  const socket =
    "-y connects to a proxy at HOST:PORT, and not to a socket. Leave -y out, or name -a HOST -p PORT.";
  for (const [args, line] of [
    [["-y", "key", "-S", "/tmp/never.sock"], socket],
    [["-y", "key", "-a", "/tmp/never.sock"], socket],
    [["-y", "k".repeat(256)], "-y: a key is at most 255 bytes. Give a shorter one."],
  ] as const) {
    const refused = start(t, { app, command: "thin", args });
    assert.equal((await refused.exited).code, 1);
    assert.equal(refused.stderr(), `${line}\n`);
  }
});
