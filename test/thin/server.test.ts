import { readdir } from "node:fs/promises";
import type { Socket } from "node:net";
import { connectTls, tlsFile } from "../fixtures/tls/index.ts";
import { RawClient } from "../harness/http.ts";
import { ask } from "../server/ask.ts";
import { type Check, runChecks } from "./check.ts";
import type { Side } from "./side.ts";

/** Tells how much it was sent, and what lies about meanwhile. */
const COUNTING = `
require "digest"
run ->(env) {
  body = env["rack.input"].read
  spooled = Dir.children(ENV["TMPDIR"]).grep_v(/config.ru|web.sock|log|tmp|gossamer/).size
  text = [body.bytesize, Digest::MD5.hexdigest(body), spooled].join(" ")
  [200, { "content-length" => text.bytesize.to_s }, [text]]
}
`;

/** Answers with how many requests it had at a time at most. */
const CROWDED = `
now = most = 0
lock = Mutex.new
run ->(_) {
  lock.synchronize { most = [most, now += 1].max }
  sleep 0.3
  text = lock.synchronize { now -= 1; most.to_s }
  [200, { "content-length" => text.bytesize.to_s }, [text]]
}
`;

/** What is answered to several requests at once, the last of it. */
async function crowd(side: Side): Promise<string> {
  const where = { port: 0, socketPath: side.socket };
  const answers = await Promise.all([1, 2, 3, 4].map(() => ask(where, "/")));
  return answers
    .map(({ text }) => text)
    .sort()
    .slice(-1)
    .join("");
}

/** Sends the beginning of a request; what comes until the server ends the connection. */
async function unfinished(side: Side, bytes: string): Promise<string> {
  const client = await side.connect();
  client.send(bytes);
  return (await client.rest()).toString("latin1").split("\r\n")[0] ?? "";
}

const CHECKS: readonly Check[] = [
  ...(
    [
      ["half a head", "GET / HTTP/1.1\r\nHost:"],
      ["a head without its body", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf"],
    ] as const
  ).map(
    ([title, bytes]): Check => ({
      number: 40,
      title: `${title}, and -t 1`,
      see: async (side) => {
        await side.serve("-t", "1");
        return await unfinished(side, bytes);
      },
      thin: "",
      better: { why: "the client is told why", ours: "HTTP/1.1 408 Request Timeout" },
    }),
  ),
  {
    number: 40,
    title: "a connection that says nothing, and one that has been answered, and -t 1",
    see: async (side) => {
      await side.serve("-t", "1");
      const silent = await unfinished(side, "");
      const client = await side.connect();
      client.get("/");
      const { text } = await client.read();
      return [silent, text, (await client.rest()).toString("latin1")];
    },
    thin: ["", "hi\n", ""],
  },
  {
    number: 44,
    title: "bodies of 114,688 bytes and of one more",
    rackup: COUNTING,
    see: async (side) => {
      await side.serve();
      const seen = [];
      for (const size of [114_688, 114_689, 1_000_000]) {
        const body = Buffer.alloc(size, "a");
        const { text } = await ask({ port: 0, socketPath: side.socket }, "/", {
          method: "POST",
          body,
        });
        seen.push(text);
      }
      const left = (await readdir(side.folder)).filter((name) => /body|upload/.test(name));
      return [
        seen.map((text) => text.split(" ")[0]),
        new Set(seen.map((text) => text.split(" ")[1])).size,
        left,
      ];
    },
    thin: [["114688", "114689", "1000000"], 3, []],
  },
  {
    number: 44,
    title: "an upload that waits to be asked for (Expect: 100-continue)",
    rackup:
      'run ->(env) { text = env["rack.input"].read; [200, { "content-length" => text.bytesize.to_s }, [text]] }',
    see: async (side) => {
      await side.serve();
      const client = await side.connect();
      client.send(
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n",
      );
      // Whoever answers this has read the other, too.
      const other = await side.connect();
      other.get("/");
      await other.read();
      client.send("hi");
      const statuses = [];
      let { status, text } = await client.read();
      statuses.push(status);
      if (status === 100) ({ status, text } = await client.read());
      return [...new Set([...statuses, status]), text];
    },
    thin: [200, "hi"],
    better: { why: "RFC 9110 §10.1.1: it is asked for", ours: [100, 200, "hi"] },
  },
  {
    number: 44,
    title: "a body past a limit that was set",
    see: async (side) => {
      side.startWith({ GOSSAMER_MAX_BODY: "10" }, "start", "-S", side.socket);
      await side.answer();
      const where = { port: 0, socketPath: side.socket };
      return (await ask(where, "/", { method: "POST", body: "eleven here" })).status;
    },
    thin: 200,
    better: { why: "there can be a limit", ours: 413 },
  },
  {
    number: 45,
    title: "--prefix",
    rackup: 'run ->(env) { [200, {}, [env.values_at("SCRIPT_NAME", "PATH_INFO").join(" ")]] }',
    see: async (side) => {
      await side.serve("--prefix", "/foo");
      const seen = [];
      for (const path of ["/foo/x", "/foo", "/foobar"]) {
        const { status, text, headers } = await side.answer(path);
        seen.push([status, text, headers["x-cascade"]]);
      }
      return seen;
    },
    thin: [
      [200, "/foo /x", undefined],
      [200, "/foo ", undefined],
      [404, "Not Found: /foobar", "pass"],
    ],
  },
  {
    number: 45,
    title: "--prefix that does not begin with a slash",
    see: async (side) => {
      const { code, stderr } = await side.run("start", "--prefix", "foo", "-S", side.socket);
      return [
        code,
        stderr.some((line) => line.includes("paths need to start with / (ArgumentError)")),
      ];
    },
    thin: [1, true],
  },
  {
    number: 47,
    title: "--threaded with a pool of two",
    rackup: CROWDED,
    see: async (side) => {
      await side.serve("--threaded", "--threadpool-size", "2");
      return await crowd(side);
    },
    thin: "2",
  },
  {
    number: 47,
    title: "one request at a time without --threaded",
    rackup: CROWDED,
    see: async (side) => {
      await side.serve();
      return await crowd(side);
    },
    thin: "1",
  },
  {
    number: 50,
    title: "a Ruby file for an app",
    see: async (side) => {
      await side.write(
        "my_app.rb",
        "class My_app\n  def self.call(_) = [200, {}, ['a class']]\nend\n",
      );
      const running = side.start("start", "-R", "my_app.rb", "-S", side.socket);
      const { text } = await side.answer();
      running.signal("SIGINT");
      return [text, (await running.exited).code, side.lines(running.stdout())[0]?.slice(0, 15)];
    },
    thin: ["a class", 0, "Thin web server"],
  },
  {
    number: 50,
    title: "the files of a folder for an app",
    see: async (side) => {
      await side.write("a.txt", "text\n");
      await side.serve("-A", "file");
      const [file, none] = [await side.answer("/a.txt"), await side.answer("/b.txt")];
      return [file.status, file.text, file.headers["content-type"], none.status];
    },
    thin: [200, "text\n", "text/plain", 404],
  },
  {
    number: 53,
    title: "TLS",
    rackup: 'run ->(env) { [200, {}, [env.values_at("rack.url_scheme", "HTTPS").inspect]] }',
    see: async (side) => {
      const files = [
        "--ssl-key-file",
        tlsFile("localhost.key"),
        "--ssl-cert-file",
        tlsFile("localhost.crt"),
      ];
      side.start("start", "--ssl", ...files, ...side.onPort);
      const client = new RawClient(await dial(side));
      client.send("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
      const { text } = await client.read();
      client.socket.destroy();
      return text;
    },
    thin: '["https", nil]',
    better: { why: "many an app asks for HTTPS", ours: '["https", "on"]' },
  },
  {
    number: 53,
    title: "the port of an app behind TLS",
    rackup: 'run ->(env) { [200, {}, [env["SERVER_PORT"]]] }',
    see: async (side) => {
      const files = [
        "--ssl-key-file",
        tlsFile("localhost.key"),
        "--ssl-cert-file",
        tlsFile("localhost.crt"),
      ];
      side.start("start", "--ssl", ...files, ...side.onPort);
      const client = new RawClient(await dial(side));
      client.send("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
      const { text } = await client.read();
      client.socket.destroy();
      return text === String(side.port);
    },
    thin: true,
  },
  {
    number: 53,
    title: "TLS with a key that is not there",
    see: async (side) => {
      const files = ["--ssl-key-file", "none.pem", "--ssl-cert-file", tlsFile("localhost.crt")];
      const running = side.start("start", "--ssl", ...files, ...side.onPort);
      if (side.name === "thin") await dial(side).catch(() => undefined);
      const { code } = await running.exited;
      return [code, /Listening on/.test(running.stdout())];
    },
    thin: [1, true],
    better: { why: "it is said at the start, and not at the first connection", ours: [1, false] },
  },
  {
    number: 53,
    title: "a key without --ssl",
    see: async (side) => {
      await side.serve("--ssl-key-file", "none.pem");
      return (await side.answer()).text;
    },
    thin: "hi\n",
  },
];

/** Agrees on TLS with the side's server, once there is one. */
async function dial(side: Side): Promise<Socket> {
  await side.untilListening();
  return await new Promise<Socket>((resolve, reject) => {
    const socket = connectTls(side.port);
    side.atEnd(async () => void socket.destroy());
    socket.once("secureConnect", () => resolve(socket));
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("The server closed the connection.")));
  });
}

runChecks(CHECKS);
