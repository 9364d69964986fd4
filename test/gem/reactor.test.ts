import assert from "node:assert/strict";
import { createServer, type Server } from "node:net";
import { join, resolve } from "node:path";
import { type TestContext, test } from "node:test";
import { gemsAt } from "../apps/served.ts";
import { until } from "../harness/processes.ts";
import { startCommand } from "../harness/server.ts";
import { ask } from "../server/ask.ts";
import { gemfileOf, nothingStays, scriptFolder, serveScript } from "./ruby-server.ts";

/** An app that answers later, and says on which thread it was called. */
const APP = `
require "eventmachine"
$stdout.sync = true
APP = lambda do |env|
  here = EM.reactor_thread?
  EM.add_timer(0.01) { env["async.callback"].call([200, { "content-type" => "text/plain" }, ["later #{here}"]]) }
  throw :async
end
`;

/** In a reactor of the script's own: USR2 stops the server, TERM the reactor. */
const IN_REACTOR = `${APP}
EM.run do
  server = Thin::Server.new("127.0.0.1", 0, APP, signals: false)
  puts "returned #{server.start.inspect}"
  puts "runs #{server.running?}"
  told = nil
  trap("USR2") { told = :server }
  trap("TERM") { told = :reactor }
  EM.add_periodic_timer(0.01) do
    server.stop if told == :server
    EM.stop if told == :reactor
    told = nil
  end
  EM.add_periodic_timer(0.01) { puts(server.running? ? "up" : "down") }
end
puts "the script goes on"
`;

test("Thin::Server.start runs the reactor that an app with EventMachine needs", {
  timeout: 60_000,
}, async (t) => {
  const server = await serveScript(
    t,
    `${APP}Thin::Server.start("127.0.0.1", 0, APP)\nputs "the script goes on, #{EM.reactor_running?}"`,
  );
  const answers = await Promise.all(Array.from({ length: 50 }, () => ask(server, "/")));
  assert.deepEqual([...new Set(answers.map(({ text }) => text))], ["later true"]);
  const all = await server.children();
  server.signal("SIGTERM");
  assert.equal((await server.exited).code, 0, server.stderr());
  assert.match(server.stdout(), /^the script goes on, false$/m);
  await nothingStays(server, all);
});

test("A server with threads calls the app beside the reactor", async (t) => {
  const server = await serveScript(
    t,
    `${APP}server = Thin::Server.new("127.0.0.1", 0, APP)\nserver.threaded = true\nserver.start`,
  );
  assert.equal((await ask(server, "/")).text, "later false");
  server.signal("SIGTERM");
  assert.equal((await server.exited).code, 0, server.stderr());
});

test("GOSSAMER_REACTOR=never leaves the reactor to the app", async (t) => {
  const server = await serveScript(
    t,
    `require "eventmachine"
server = Thin::Server.new("127.0.0.1", 0, ->(_) { [200, {}, ["#{EM.reactor_running?}"]] })
server.variables["GOSSAMER_REACTOR"] = "never"
server.start`,
  );
  assert.equal((await ask(server, "/")).text, "false");
  server.signal("SIGTERM");
  assert.equal((await server.exited).code, 0, server.stderr());
});

test("In a reactor of the program's own start returns, as with the thin gem, and the reactor goes on after the server", async (t) => {
  const server = await serveScript(t, IN_REACTOR);
  await server.waitForLine(/^runs true$/m);
  assert.equal((await ask(server, "/")).text, "later true");
  const all = await server.children();
  server.signal("SIGUSR2");
  await server.waitForLine(/^down$/m);
  assert.match(server.stdout(), /runs on until EventMachine\.stop/);
  await until(
    async () => (await server.children()).length === 0,
    10_000,
    async () => `still there: ${await server.children()}`,
  );
  server.signal("SIGTERM");
  assert.equal((await server.exited).code, 0, server.stderr());
  assert.match(server.stdout(), /^the script goes on$/m);
  await nothingStays(server, all);
});

test("The end of the program's reactor is that of the server in it", async (t) => {
  const server = await serveScript(t, `${IN_REACTOR}sleep 0.01 until File.exist?("end")\n`);
  assert.equal((await ask(server, "/")).text, "later true");
  const all = await server.children();
  server.signal("SIGTERM");
  await server.waitForLine(/^the script goes on$/m);
  await until(
    async () => (await server.children()).length === 0,
    10_000,
    async () => `still there: ${await server.children()}`,
  );
  server.signal("SIGKILL");
  await nothingStays(server, all);
});

test("A front that is killed raises on the program's reactor", async (t) => {
  const server = await serveScript(t, IN_REACTOR);
  await server.waitForLine(/^runs true$/m);
  process.kill(server.front, "SIGKILL");
  assert.equal((await server.exited).code, 1);
  assert.match(server.stderr(), /The front has gone \(SIGKILL\).*\(Gossamer::Error\)/);
  await nothingStays(server, []);
});

test("What the app does not rescue on the program's reactor ends it, and says so", async (t) => {
  const server = await serveScript(
    t,
    `require "eventmachine"
APP = ->(_) { EM.add_timer(0.1) { raise "the app's own" }; [200, {}, ["soon"]] }
EM.run { Thin::Server.start("127.0.0.1", 0, APP) }`,
  );
  assert.equal((await ask(server, "/")).text, "soon");
  assert.equal((await server.exited).code, 1);
  assert.match(server.stderr(), /the app's own \(RuntimeError\)/);
  await nothingStays(server, []);
});

for (const start of [
  "START",
  "EM.run { START }",
  "Thread.new { EM.run }\nsleep 0.01 until EM.reactor_running?\nSTART",
]) {
  test(`What was answered before the app ended the reactor by an exception is sent (${start})`, async (t) => {
    const server = await serveScript(
      t,
      `require "eventmachine"
APP = lambda do |env|
  EM.add_timer(0.05) do
    env["async.callback"].call([200, {}, ["in time"]])
    raise "the app's own"
  end
  throw :async
end
${start.replace("START", 'Thin::Server.start("127.0.0.1", 0, APP)')}`,
    );
    assert.equal((await ask(server, "/")).text, "in time");
    await server.exited;
    await nothingStays(server, []);
  });
}

test("What the app does not rescue on the reactor is raised by start", async (t) => {
  const server = await serveScript(
    t,
    `require "eventmachine"
APP = ->(_) { EM.add_timer(0.1) { raise "the app's own" }; [200, {}, ["soon"]] }
begin
  Thin::Server.start("127.0.0.1", 0, APP)
rescue RuntimeError => error
  puts "raised #{error.message}"
end`,
  );
  assert.equal((await ask(server, "/")).text, "soon");
  assert.equal((await server.exited).code, 0, server.stderr());
  assert.match(server.stdout(), /^raised the app's own$/m);
  await nothingStays(server, []);
});

test("What keeps a server from starting is raised by start, on the reactor too, and one that failed can start again", async (t) => {
  const taken = await listening(t);
  const server = await serveScript(
    t,
    `${APP}
EM.run do
  server = Thin::Server.new("127.0.0.1", ${taken.port}, APP)
  begin
    server.start
  rescue Gossamer::Error => error
    puts "refused: #{error.message}"
  end
  server.backend.port = 0
  server.start
end`,
  );
  assert.match(server.stdout(), /^refused: .*(in use|another process listens)/m);
  assert.equal((await ask(server, "/")).text, "later true");
  server.signal("SIGTERM");
  await server.waitForLine(/runs on until EventMachine\.stop/);
  server.signal("SIGKILL");
});

test("From another thread the server joins the reactor that runs", async (t) => {
  const server = await serveScript(
    t,
    `${APP}
EM.run do
  Thread.new do
    Thin::Server.start("127.0.0.1", 0, APP)
    EM.stop
  end
end`,
  );
  assert.equal((await ask(server, "/")).text, "later true");
  server.signal("SIGTERM");
  assert.equal((await server.exited).code, 0, server.stderr());
});

test("A script that starts its server in EM.run does the same with the thin gem and with ours", async (t) => {
  const script = `${APP}
require "socket"
require "net/http"
port = TCPServer.open("127.0.0.1", 0) { |probe| probe.addr[1] }
EM.run do
  Thin::Server.start("127.0.0.1", port, APP, signals: false)
  puts "started in #{EM.reactor_running?}"
  EM.defer(-> { Net::HTTP.get(URI("http://127.0.0.1:#{port}/")) }, ->(text) { puts("got #{text}") || EM.stop })
end
puts "the end"
`;
  const sides = [resolve(import.meta.dirname, "../peers/thin/Gemfile"), gemfileOf("rackup-3")];
  const said = await Promise.all(
    sides.map(async (gemfile) => {
      const cwd = await scriptFolder(t, script);
      const words = ["exec", "ruby", join(cwd, "script.rb")];
      const command = startCommand(t, "bundle", words, { cwd, env: gemsAt(gemfile) });
      assert.equal((await command.exited).code, 0, command.stderr());
      return command.stdout().match(/^(started|got|the end).*$/gm);
    }),
  );
  assert.deepEqual(said[0], ["started in true", "got later true", "the end"]);
  assert.deepEqual(said[1], said[0]);
});

/** A port that somebody listens on. */
async function listening(t: TestContext): Promise<{ readonly port: number }> {
  const server: Server = createServer();
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  t.after(() => server.close());
  const address = server.address();
  return { port: typeof address === "object" ? (address?.port ?? 0) : 0 };
}
