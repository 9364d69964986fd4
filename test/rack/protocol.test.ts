import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { installGems } from "../../scripts/gems.mjs";
import type { Peer, Request } from "../../src/message/index.ts";
import { headText } from "../../src/rack/env.ts";
import { encode, encodeControl, FRAME } from "../../src/rack/frames.ts";
import { CODED_KEYS } from "../../src/rack/header-codes.ts";
import { Inbox } from "../../src/rack/inbox.ts";
import { gemsAt } from "../apps/served.ts";
import { request } from "./harness.ts";

const root = join(import.meta.dirname, "../..");
const ASYNC = join(root, "test/gems/async/Gemfile");
const page = await readFile(join(root, "docs/PROTOCOL.md"), "utf8");
const blocks = [...page.matchAll(/^```\n([\s\S]*?)^```$/gm)].map(([, block = ""]) => block);
const MARKS: Readonly<Record<string, string>> = { "\\0": "\0", "\\r": "\r", "\\n": "\n" };
const samples = blocks.slice(0, -1).map(bytesOf);
const [aRequest, aPost, anAnswer, aHead, aPiece, anEnd, aReturn] = samples;
const [aDeferral, aParting, aCredit, aHello, aFailure] = samples.slice(7);

/** `00 5b "text\0"` as bytes. */
function bytesOf(block: string): Buffer {
  const parts = block.match(/"[^"\n]*"|[0-9a-f]{2}/g) ?? [];
  return Buffer.concat(
    parts.map((part) => {
      if (!part.startsWith('"')) return Buffer.from(part, "hex");
      const text = part.slice(1, -1).replace(/\\[0rn]/g, (mark) => MARKS[mark] ?? mark);
      return Buffer.from(text, "latin1");
    }),
  );
}

interface Heard {
  readonly type: number;
  readonly id: number;
  readonly payload: Buffer;
}

/** A body's bytes are heard as they come. */
function joinedData(before: Heard[], one: Heard): Heard[] {
  const last = before.at(-1);
  if (one.type !== FRAME.data || last?.type !== FRAME.data) return [...before, one];
  return [...before.slice(0, -1), { ...last, payload: Buffer.concat([last.payload, one.payload]) }];
}

function frames(bytes: Buffer): Heard[] {
  const heard: Heard[] = [];
  const inbox = new Inbox((type, id, all, start, end) => {
    heard.push({ type, id, payload: all.subarray(start, end) });
  });
  for (const byte of bytes) inbox.push(Buffer.from([byte]));
  return heard.reduce<Heard[]>(joinedData, []);
}

const peer: Peer = {
  scheme: "http",
  remoteAddress: "127.0.0.1",
  remotePort: 1,
  localPort: 9292,
};

describe("PROTOCOL.md", () => {
  test("has one list of header codes with src/rack and ruby/", async () => {
    const listed = (blocks.at(-1) ?? "").trim().split(/\s+/);
    assert.deepEqual(listed, CODED_KEYS);
    const said = ruby("puts Gossamer::CODED");
    assert.deepEqual(said.trim().split("\n"), listed);
    assert.ok(listed.length <= 94);
    assert.equal(new Set(listed).size, listed.length);
  });

  test("names every frame as src/rack does", () => {
    const rows = [...page.matchAll(/^\| ([0-9a-f]{2}) \| ([A-Z_]+) \|/gm)];
    const words = (name: string): string => name.replace(/[A-Z]/g, (c) => `_${c}`).toUpperCase();
    const ours = Object.entries(FRAME).map(([name, type]) => `${type.toString(16)} ${words(name)}`);
    const listed = rows.map(
      ([, type = "", name = ""]) => `${Number(`0x${type}`).toString(16)} ${name}`,
    );
    assert.deepEqual(listed.sort(), ours.sort());
    const rubyNames = ruby(
      "Gossamer::Frames.constants.each { |name| puts format('%x %s', Gossamer::Frames.const_get(name), name.to_s.chomp('_')) }",
    );
    assert.deepEqual(rubyNames.trim().split("\n").sort(), ours);
  });

  test("shows the frames that the front writes", () => {
    const get: Partial<Request> = {
      authority: "[::1]:9292",
      peer,
      fields: ["host", "[::1]:9292", "x-thing", "yes"],
    };
    const head = headText(request("/a?b=1", get));
    assert.deepEqual(joined(encode({ type: "request", id: 1, head })), aRequest);
    const body = { kind: "bytes", bytes: Buffer.from("hi") } as const;
    const post = {
      method: "POST",
      authority: "",
      peer,
      body,
      fields: ["content-type", "text/plain"],
    };
    const postHead = headText(request("/", post));
    const bytes = encode({ type: "requestBytes", id: 2, head: postHead, body: body.bytes });
    assert.deepEqual(joined(bytes), aPost);
    assert.deepEqual(joined(encode({ type: "credit", id: 2, bytes: 131_072 })), aCredit);
    assert.deepEqual(joined(encode({ type: "gone", id: 4 })), aParting);
    const hello = encodeControl({ type: "hello", fields: ["tunnel", "1", "1", "4242", "5"] });
    assert.deepEqual(hello, aHello);
  });

  test("shows frames that the front can cut, byte by byte", () => {
    const said = [anAnswer, aHead, aPiece, anEnd, aDeferral, aFailure] as Buffer[];
    const all = frames(Buffer.concat(said));
    assert.deepEqual(
      all.map(({ type, id }) => [type, id]),
      [
        [FRAME.answer, 1],
        [FRAME.head, 2],
        [FRAME.data, 2],
        [FRAME.end, 2],
        [FRAME.deferred, 4],
        [FRAME.failure, 3],
      ],
    );
  });

  test("shows what the worker reads and writes", () => {
    const said = ruby(SHIM, Buffer.concat([aRequest, aPost] as Buffer[]));
    const [env, post, ...written] = said.trim().split("\n");
    assert.equal(env, 'GET /a b=1 /a?b=1 HTTP/1.1 http [::1] 9292 127.0.0.1 [::1]:9292 yes ""');
    assert.equal(post, 'POST /  / HTTP/1.1 http localhost 9292 127.0.0.1   "hi"');
    const all = [anAnswer, aHead, aReturn, aPiece, anEnd, aFailure];
    const expected = all.map((one) => one?.toString("hex"));
    assert.deepEqual(written, expected);
  });

  test("shows what a worker under the reactor says of a request that it answers later", async () => {
    await installGems(["async"]);
    const bundled = { ...process.env, ...gemsAt(ASYNC), RUBYOPT: "-rbundler/setup" };
    const said = ruby(REACTOR, aParting, bundled);
    const [deferral, piece, end, over, ...rest] = said.trim().split("\n");
    assert.equal(deferral, aDeferral?.toString("hex"));
    // The pieces of id 2 come when they like, between the frames of others.
    assert.deepEqual(
      [piece, end],
      [aPiece, anEnd].map((one) => one?.toString("hex")),
    );
    // Its client has left: END, and the app has been told.
    assert.equal(over, "0000041500000004" + "00000000");
    assert.deepEqual(rest, ["closed"]);
  });
});

/** Feeds a real slot under a real reactor. The second request is answered in pieces, the fourth not at all. */
const REACTOR = `
require "eventmachine"
require "./ruby/reactor"
class Gossamer::Stopwatch; def micros = 0; end
ours, theirs = UNIXSocket.pair
class Pieces
  include EventMachine::Deferrable
  def each(&writer)
    EventMachine.add_timer(0.05) { writer.call("abc") ; succeed }
  end
end
notes = []
app = lambda do |env|
  next [202, { "content-type" => "x/y" }, Pieces.new] if env["PATH_INFO"] == "/pieces"
  env["async.close"].callback { notes << "closed" }
  throw :async
end
environment = Gossamer::Environment.new(worker: 1, threads: 1, workers: 1, release: [3, 2])
worker = Struct.new(:app, :environment, :threads) { def tidy(*) = nil }
slot = Gossamer::ReactorSlot.new(worker.new(app, environment, 1), 0, ours)
ask = ->(id, path) { theirs.write(Gossamer::Frames.frame(1, id, ["GET", path, "", path, "HTTP/1.1", "http", "h", "1", "a"].join("\\0"))) }
said = []
hear = Thread.new do
  ask.call(4, "/later")
  said << Gossamer::Frames.read(theirs)
  ask.call(2, "/pieces")
  said << Gossamer::Frames.read(theirs) until said.last[0] == Gossamer::Frames::END_
  theirs.write($stdin.binmode.read)
  said << Gossamer::Frames.read(theirs)
  theirs.close_write
end
Gossamer::Reactor.new([slot]).run {}
hear.join
head, deferred = said[1], said[2]
raise "no head and no deferral: #{said}" unless head[0] == Gossamer::Frames::HEAD && deferred == [Gossamer::Frames::DEFERRED, 2, "\\0" * 5]
[said[0], *said.drop(3)].each { |one| puts Gossamer::Frames.frame(*one).unpack1("H*") }
puts notes
`;

/** Feeds a real slot, and shows what it writes with its clock at 0. */
const SHIM = `
App = Struct.new(:steps) do
  def call(env)
    values = %w[REQUEST_METHOD PATH_INFO QUERY_STRING REQUEST_URI SERVER_PROTOCOL rack.url_scheme SERVER_NAME SERVER_PORT
                REMOTE_ADDR HTTP_HOST HTTP_X_THING].map { |key| env[key] }
    puts [*values, env["rack.input"].read.inspect].join(" ")
    steps.shift.call
  end
end
class Gossamer::Stopwatch; def micros = 0; end
ours, theirs = UNIXSocket.pair
app = App.new([-> { [200, { "content-type" => "text/plain" }, ["hello"]] }, -> { [202, { "content-type" => "x/y" }, ["abc"].each] },
               -> { raise(RuntimeError, "no", ["config.ru:1:in \`call'"]) }])
environment = Gossamer::Environment.new(worker: 1, threads: 1, workers: 1, release: [3, 2])
worker = Struct.new(:app, :environment, :threads) { def tidy(*) = nil }
slot = Gossamer::Slot.new(worker.new(app, environment, 1), 0, ours)
$stdout, out = StringIO.new, $stdout
third = Gossamer::Frames.frame(1, 3, "GET\\0/\\0\\0/\\0HTTP/1.1\\0http\\0h\\01\\0a")
theirs.write($stdin.binmode.read, third)
running = Thread.new { slot.run }
said = []
said << Gossamer::Frames.read(theirs) until said.last&.first == Gossamer::Frames::END_
theirs.write(third)
theirs.close_write
while (frame = Gossamer::Frames.read(theirs))
  said << frame
end
running.join
out.puts $stdout.string.lines.first(2)
said.each { |one| out.puts Gossamer::Frames.frame(*one).unpack1("H*") }
`;

function ruby(script: string, input: Uint8Array = Buffer.alloc(0), env = process.env): string {
  const names = "frames failure environment input head hijack stream body wire stopwatch slot";
  const load = `require "socket"; require "io/wait"; %w[${names}].each { |name| require "./ruby/#{name}" }\n`;
  const child = spawnSync("ruby", ["-e", load + script], { cwd: root, input, env });
  assert.equal(child.status, 0, String(child.stderr));
  return String(child.stdout);
}

function joined(parts: readonly Uint8Array[]): Buffer {
  return Buffer.concat(parts);
}
