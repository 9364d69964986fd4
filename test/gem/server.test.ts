import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { copyFile, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { connectTls, tlsFile } from "../fixtures/tls/index.ts";
import { RawClient } from "../harness/http.ts";
import { descendants, isAlive, until, untilGone } from "../harness/processes.ts";
import { ask } from "../server/ask.ts";
import {
  complaintsOf,
  endWith,
  frontOf,
  nothingStays,
  scratchFolder,
  scriptFolder,
  serveRuby,
  serveScript,
  startRuby,
} from "./ruby-server.ts";

const WORDS = ["ruby", "script.rb"];

/** An app that says what happens in it, and hangs in several ways. */
const APP = `
$stdout.sync = true
APP = lambda do |env|
  case env["PATH_INFO"]
  when "/sleep" then puts "asleep"; sleep
  when "/loop" then puts "looping"; loop {}
  when "/fork" then puts "forked #{fork { sleep }}"; sleep
  when "/stop" then puts "stopping"; SERVER.stop
  when "/stop!" then SERVER.stop!; sleep
  when "/raise" then raise "on purpose"
  when "/env" then next [200, {}, [env.values_at("SERVER_SOFTWARE", "REQUEST_PATH").join(" at ")]]
  when "/wait" then puts "waiting"; sleep 0.01 until File.exist?("open")
  end
  [200, { "content-type" => "text/plain" }, ["#{Process.pid} #{Thread.current == Thread.main}"]]
end
`;
const SERVES = `${APP}
SERVER = Thin::Server.new("127.0.0.1", 0, APP)
SERVER.start
puts "the script goes on"
`;

const served = (t: TestContext, script = SERVES, env: NodeJS.ProcessEnv = {}) =>
  serveScript(t, script, env);

/** Runs a script to its end. */
async function ran(t: TestContext, script: string) {
  const cwd = await scriptFolder(t, script);
  const command = startRuby(t, { bundle: "rackup-3", cwd, words: WORDS });
  const { code } = await command.exited;
  return { code, stdout: command.stdout(), stderr: command.stderr() };
}

test("Thin::Server.start runs the app on the thread that calls, and returns when it is stopped", async (t) => {
  const server = await served(t);
  assert.equal((await ask(server, "/")).text, `${server.pid} true`);
  const all = await server.children();
  server.signal("SIGTERM");
  assert.equal((await server.exited).code, 0, server.stderr());
  assert.match(server.stdout(), /^the script goes on$/m);
  await nothingStays(server, all);
});

test("Thin::Server is called Thin by what it tells the app and the client", async (t) => {
  const server = await served(t);
  const { text, headers } = await ask(server, "/env");
  assert.equal(text, "thin 2.0.1 codename Thinception at /env");
  assert.equal(headers["server"], "thin");
  server.signal("SIGTERM");
  assert.equal((await server.exited).code, 0, server.stderr());
});

test("Thin::Server#start says nothing on standard error, and listens where it says", async (t) => {
  const server = await served(
    t,
    `${APP}
server = Thin::Server.new("127.0.0.1", 0, APP)
Thread.new { sleep 0.01 until server.running?; puts "#{server} #{server.host} #{server.port}" }
server.start`,
  );
  await server.waitForLine(
    new RegExp(`^thin server \\(127.0.0.1:${server.port}\\) 127.0.0.1 ${server.port}$`, "m"),
  );
  assert.deepEqual(complaintsOf(server), []);
});

test("Thin::Server can be started and stopped again and again on a thread", async (t) => {
  const { code, stdout, stderr } = await ran(
    t,
    `require "net/http"
server = Thin::Server.new("127.0.0.1", 0, ->(env) { [200, {}, ["hello"]] }, signals: false)
3.times do |round|
  server.backend.port = 0
  thread = Thread.new { server.start }
  sleep 0.01 until server.running?
  puts "round #{round} #{Net::HTTP.get(URI("http://127.0.0.1:#{server.port}/"))}"
  round.odd? ? server.stop! : server.stop
  puts "returned #{thread.value.inspect} #{server.running?}"
end`,
  );
  assert.equal(code, 0, stderr);
  const rounds = stdout.split("\n").filter((line) => /^(round|returned)/.test(line));
  const once = ["returned nil false"];
  assert.deepEqual(rounds, [
    "round 0 hello",
    ...once,
    "round 1 hello",
    ...once,
    "round 2 hello",
    ...once,
  ]);
});

test("Thin::Server ends with a script that ends while it serves on a thread", async (t) => {
  const server = await served(
    t,
    `${APP}
SERVER = Thin::Server.new("127.0.0.1", 0, APP)
SERVER.threaded = true
Thread.new { SERVER.start }
sleep 0.05 until File.exist?("open")`,
  );
  const all = await server.children();
  const client = await RawClient.open(t, { port: server.port });
  client.get("/sleep");
  await server.waitForLine(/^asleep$/m);
  await writeFile(join(server.cwd, "open"), "");
  assert.equal((await server.exited).code, 0, server.stderr());
  await nothingStays(server, all);
});

test("Thin::Server#stop lets what is under way finish, and stop! drops it", async (t) => {
  const graceful = await served(t);
  const waiting = ask(graceful, "/wait");
  await graceful.waitForLine(/^waiting$/m);
  graceful.signal("SIGTERM");
  await graceful.waitForLine(/Waiting for 1 connection\(s\) to finish, can take up to 30 sec/);
  await writeFile(join(graceful.cwd, "open"), "");
  assert.equal((await waiting).status, 200);
  assert.equal((await graceful.exited).code, 0);

  const hard = await served(t);
  const dropped = assert.rejects(ask(hard, "/wait"), /socket hang up|ECONNRESET/);
  await hard.waitForLine(/^waiting$/m);
  hard.signal("SIGINT");
  await dropped;
  assert.equal((await hard.exited).code, 0);
  assert.match(hard.stdout(), /Stopping \.\.\.[\s\S]*the script goes on/);
});

test("Thin::Server can be stopped by its own app, which still answers", async (t) => {
  const server = await served(t);
  assert.equal((await ask(server, "/stop")).status, 200);
  assert.equal((await server.exited).code, 0);
  const hard = await served(t);
  await assert.rejects(ask(hard, "/stop!"));
  assert.equal((await hard.exited).code, 0);
});

for (const [what, path, sign] of [
  ["idle", "", /Listening/],
  ["asleep", "/sleep", /^asleep$/m],
  ["in a loop", "/loop", /^looping$/m],
] as const) {
  for (const signal of ["SIGKILL", "SIGINT"] as const) {
    test(`Nothing stays after ${signal} for the Ruby process, ${what}`, async (t) => {
      const server = await served(t);
      const all = await server.children();
      if (path !== "") (await RawClient.open(t, { port: server.port })).get(path);
      await server.waitForLine(sign);
      server.signal(signal);
      const { code } = await server.exited;
      if (signal === "SIGINT") assert.equal(code, 0, server.stderr());
      await nothingStays(server, all);
    });
  }

  test(`The Ruby process says so and ends when its front is killed, ${what}`, async (t) => {
    const server = await served(t);
    const all = await server.children();
    if (path !== "") (await RawClient.open(t, { port: server.port })).get(path);
    await server.waitForLine(sign);
    process.kill(server.front, "SIGKILL");
    assert.equal((await server.exited).code, 1);
    assert.match(
      server.stderr(),
      /The front has gone \(SIGKILL\), and with it everybody who was connected\. \(Gossamer::Error\)/,
    );
    await nothingStays(server, all);
  });
}

for (const signal of ["SIGTERM", "SIGINT", "SIGKILL"] as const) {
  test(`Nothing stays after ${signal} while the front begins`, async (t) => {
    const cwd = await scriptFolder(t, SERVES);
    const server = startRuby(t, { bundle: "rackup-3", cwd, words: WORDS, env: { TMPDIR: cwd } });
    const front = await frontOf(server.pid);
    server.signal(signal);
    const { code } = await server.exited;
    if (signal !== "SIGKILL") assert.equal(code, 0, server.stderr());
    await untilGone([server.pid, front]);
    const left = async () => (await readdir(cwd)).filter((name) => name.startsWith("gossamer-"));
    await until(
      async () => (await left()).length === 0,
      20_000,
      async () => `left: ${await left()}`,
    );
  });
}

test("The front goes with a killed Ruby process whose app has forked a child that holds its sockets", async (t) => {
  const server = await served(t);
  (await RawClient.open(t, { port: server.port })).get("/fork");
  const [, child = ""] = await server.waitForLine(/^forked (\d+)$/m);
  endWith(t, Number(child));
  server.signal("SIGKILL");
  await untilGone([server.pid, server.front]);
  assert.equal(await isAlive(Number(child)), true);
});

test("A child of the app's that ends does not end the server", async (t) => {
  const server = await served(
    t,
    `app = lambda do |env|
  Process.wait(fork { exit })
  [200, {}, [$?.success?.to_s]]
end
Thin::Server.start("127.0.0.1", 0, app)`,
  );
  for (const _ of [1, 2]) assert.equal((await ask(server, "/")).text, "true");
});

test("HUP says in one line that an app object cannot be loaded anew, and nothing else happens", async (t) => {
  const server = await served(t);
  server.signal("SIGHUP");
  await server.waitForLine(
    new RegExp(
      `The app is an object of process ${server.pid}, which cannot load it anew\\. Start that process anew\\.`,
    ),
  );
  assert.equal((await ask(server, "/")).text, `${server.pid} true`);
});

test("HUP calls the block of on_restart, and what is under way finishes", async (t) => {
  const server = await served(
    t,
    `${APP}
SERVER = Thin::Server.new("127.0.0.1", 0, APP)
SERVER.on_restart { puts "another is started" }
SERVER.start
puts "the script goes on"`,
  );
  const waiting = ask(server, "/wait");
  await server.waitForLine(/^waiting$/m);
  server.signal("SIGHUP");
  await server.waitForLine(/Restarting \.\.\.[\s\S]*another is started/);
  await writeFile(join(server.cwd, "open"), "");
  assert.equal((await waiting).status, 200);
  assert.equal((await server.exited).code, 0);
  assert.match(server.stdout(), /the script goes on/);
});

test("Thin::Server with signals: false leaves signals alone", async (t) => {
  const server = await served(
    t,
    `${APP}
trap("TERM") { puts "mine"; $stdout.flush }
Thin::Server.start("127.0.0.1", 0, APP, signals: false)`,
  );
  const all = await server.children();
  server.signal("SIGTERM");
  await server.waitForLine(/^mine$/m);
  assert.equal((await ask(server, "/")).status, 200);
  server.signal("SIGINT");
  await server.exited;
  assert.match(server.stderr(), /Interrupt/);
  await nothingStays(server, all);
});

test("Thin::Server gives signals back when it has ended", async (t) => {
  const server = await served(
    t,
    `${APP}
trap("USR1") { puts "mine again"; exit! 3 }
Thin::Server.start("127.0.0.1", 0, APP)
puts "over"
sleep`,
  );
  server.signal("SIGTERM");
  await server.waitForLine(/^over$/m);
  server.signal("SIGUSR1");
  assert.equal((await server.exited).code, 3);
  assert.match(server.stdout(), /mine again/);
});

test("Thin::Server answers 500 when the app raises, and logs why", async (t) => {
  const server = await served(t, SERVES, { RACK_ENV: "production" });
  const { status, text } = await ask(server, "/raise");
  assert.equal(status, 500);
  assert.doesNotMatch(text, /on purpose/);
  await server.waitForLine(/on purpose/);
  assert.equal((await ask(server, "/")).status, 200);
});

test("Thin::Server with threads runs as many calls at a time", async (t) => {
  const server = await served(
    t,
    `inside = Queue.new
app = lambda do |env|
  inside << 1
  sleep 0.01 until inside.size == 4
  [200, {}, [Thread.current.name.to_s]]
end
server = Thin::Server.new("127.0.0.1", 0, app)
server.threaded = true
server.threadpool_size = 4
server.start`,
  );
  const answers = await Promise.all([1, 2, 3, 4].map(() => ask(server, "/")));
  assert.equal(new Set(answers.map(({ text }) => text)).size, 4);
});

test("Thin::Server listens at a socket, which goes with it", async (t) => {
  const cwd = await scriptFolder(t, `${APP}\nThin::Server.start("./web.sock", APP)`);
  const server = await serveRuby(t, { bundle: "rackup-3", cwd, words: WORDS });
  const socketPath = join(cwd, "web.sock");
  assert.equal((await ask({ port: 0, socketPath }, "/")).status, 200);
  server.signal("SIGTERM");
  assert.equal((await server.exited).code, 0);
  assert.equal(existsSync(socketPath), false);
});

test("Thin::Server speaks TLS with ssl_options, and HUP reads its files anew", async (t) => {
  const folder = await scratchFolder(t);
  const [key, certificate] = [join(folder, "key"), join(folder, "certificate")];
  await copyFile(tlsFile("localhost.key"), key);
  await copyFile(tlsFile("localhost.crt"), certificate);
  const server = await served(
    t,
    `Thin::Logging.debug = true
server = Thin::Server.new("127.0.0.1", 0, ->(env) { [200, {}, [env["rack.url_scheme"]]] })
server.ssl = true
server.ssl_options = { private_key_file: ENV["KEY"], cert_chain_file: ENV["CERTIFICATE"] }
server.start`,
    { KEY: key, CERTIFICATE: certificate },
  );
  assert.equal(await askTls(server.port, "localhost.crt"), "https");
  await copyFile(tlsFile("other.key"), key);
  await copyFile(tlsFile("other.crt"), certificate);
  server.signal("SIGHUP");
  await server.waitForLine(/The TLS key and certificate were read anew/);
  assert.equal(await askTls(server.port, "other.crt"), "https");
});

/** What is answered to who trusts that certificate alone. */
async function askTls(port: number, certificate: string): Promise<string> {
  const socket = connectTls(port, {
    ca: await readFile(tlsFile(certificate)),
    checkServerIdentity: () => undefined,
  });
  await once(socket, "secureConnect");
  const client = new RawClient(socket);
  client.get("/");
  const { text } = await client.read();
  socket.destroy();
  return text;
}

test("Thin::Logging takes what the server says: to a logger, or nowhere", async (t) => {
  const script = `require "logger"
Thin::Logging.logger = Logger.new($stderr, progname: "mine", level: Logger::INFO)
server = Thin::Server.new("127.0.0.1", 0, ->(env) { [200, {}, []] }, signals: false)
Thread.new { sleep 0.01 until server.running?; server.stop }
server.start
Thin::Logging.silent = true
server = Thin::Server.new("127.0.0.1", 0, ->(env) { [200, {}, []] }, signals: false)
Thread.new { sleep 0.01 until server.running?; server.stop }
server.start
puts "done"`;
  const { code, stdout, stderr } = await ran(t, script);
  assert.equal(code, 0, stderr);
  assert.equal(stdout, "done\n");
  const lines = complaintsOf({ stderr: () => stderr });
  assert.equal(lines.length, 3, stderr);
  assert.match(lines[0] ?? "", /INFO -- mine: Thin web server/);
  assert.match(lines[2] ?? "", /INFO -- mine: Listening on 127\.0\.0\.1:\d+, CTRL\+C to stop$/);
});

test("Thin::Server in debug mode logs accesses, as Thin does from code", async (t) => {
  const server = await served(
    t,
    `Thin::Logging.debug = true
Thin::Server.start("127.0.0.1", 0, ->(env) { [200, {}, ["hi"]] })`,
  );
  await ask(server, "/there");
  await server.waitForLine(/"GET \/there HTTP\/1\.1" 200/);
  assert.match(server.stdout(), /Debugging ON/);
});

test("Thin::Logging.trace has its logger take the bytes of requests and responses", async (t) => {
  const server = await served(
    t,
    `require "logger"
Thin::Logging.trace_logger = Logger.new($stderr, progname: "traced")
Thin::Server.start("127.0.0.1", 0, ->(env) { [200, {}, ["hi"]] })`,
  );
  await ask(server, "/there");
  await server.waitForLine(/INFO -- traced: GET \/there HTTP\/1\.1/);
  await server.waitForLine(/INFO -- traced: HTTP\/1\.1 200 OK/);
  assert.match(server.stdout(), /Tracing ON/);
});

test("Thin::Server keeps an access log, which USR1 opens anew", async (t) => {
  const server = await served(
    t,
    `server = Thin::Server.new("127.0.0.1", 0, ->(env) { [200, {}, ["hi"]] })
server.variables["GOSSAMER_ACCESS_LOG"] = "access.log"
server.start`,
  );
  const log = join(server.cwd, "access.log");
  const has = async (path: string, line: string): Promise<void> =>
    await until(
      async () => (await readFile(path, "utf8").catch(() => "")).includes(line),
      20_000,
      () => `no ${line} in ${path}`,
    );
  await ask(server, "/first");
  await has(log, '"GET /first HTTP/1.1" 200 2');
  await rename(log, `${log}.1`);
  server.signal("SIGUSR1");
  await until(
    () => existsSync(log),
    20_000,
    () => "it is not opened anew",
  );
  await ask(server, "/second");
  await has(log, '"GET /second HTTP/1.1" 200 2');
});

test("Thin::Server#start raises in one line what keeps it from starting", async (t) => {
  const tried = (code: string): string => `
begin
  ${code}
rescue StandardError => error
  puts "#{error.class}: #{error.message}"
end`;
  const { stdout } = await ran(
    t,
    [
      tried('Thin::Server.start("127.0.0.1", 0)'),
      tried('Thin::Server.start("no.such.host.invalid", 0, ->(env) {})'),
      tried('Thin::Server.start("/no/such/folder/web.sock", ->(env) {})'),
      tried(
        'server = Thin::Server.new("127.0.0.1", 0, ->(env) {}); server.ssl = true; server.start',
      ),
      tried(
        'server = Thin::Server.new("127.0.0.1", 0, ->(env) {}); server.ssl = true; server.ssl_options = { private_key_file: "a", cert_chain_file: "b" }; server.start',
      ),
      tried(
        'server = Thin::Server.new(->(env) {}); server.variables["GOSSAMER_BACKLOG"] = "x"; server.start',
      ),
    ].join("\n"),
  );
  const lines = stdout.split("\n").filter((line) => /^\w+(::\w+)?: /.test(line));
  assert.equal(lines[0], "ArgumentError: app required");
  assert.match(
    lines[1] ?? "",
    /^Gossamer::Error: no acceptor \(port is in use or requires root privileges\): Cannot listen on no\.such\.host\.invalid:0: /,
  );
  assert.match(
    lines[2] ?? "",
    /^Gossamer::Error: .*Cannot listen on \/no\/such\/folder\/web.sock: the folder/,
  );
  assert.match(lines[3] ?? "", /^Gossamer::OptionError: ssl_options has no private_key_file: /);
  assert.match(lines[4] ?? "", /^Gossamer::Error: .*\/a/);
  assert.match(lines[5] ?? "", /^Gossamer::Error: GOSSAMER_BACKLOG: expected a whole number/);
  assert.equal(lines.length, 6, stdout);
});

test("Thin::Server#daemonize, pid_file and log_file, USR1, and Thin::Server.kill", async (t) => {
  const cwd = await scriptFolder(
    t,
    `${APP}
server = Thin::Server.new(File.expand_path("web.sock"), APP, tag: "mine")
server.pid_file = "tmp/thin.pid"
server.log_file = "log/thin.log"
server.daemonize
server.start`,
  );
  const daemon = startRuby(t, { bundle: "rackup-3", cwd, words: WORDS });
  assert.equal((await daemon.exited).code, 0, daemon.stderr());
  const socketPath = join(cwd, "web.sock");
  await until(
    () => existsSync(socketPath),
    30_000,
    () => daemon.stderr(),
  );
  const pid = Number(await readFile(join(cwd, "tmp/thin.pid"), "utf8"));
  const all = [pid, ...(await descendants(pid))];
  endWith(t, pid);
  assert.equal((await ask({ port: 0, socketPath }, "/")).text, `${pid} true`);
  // As much of its name as there was room for in the words that it was started with.
  assert.match(await readFile(`/proc/${pid}/cmdline`, "latin1"), /^thin server \(/);

  const log = join(cwd, "log/thin.log");
  assert.match(await readFile(log, "utf8"), /Writing PID to tmp\/thin\.pid[\s\S]*Listening on/);
  await rename(log, `${log}.1`);
  process.kill(pid, "SIGUSR1");
  await until(
    () => existsSync(log),
    20_000,
    () => "the log is not opened anew",
  );

  await writeFile(
    join(cwd, "again.rb"),
    `require "thin"
server = Thin::Server.new("other.sock/", ->(env) {})
server.pid_file = "tmp/thin.pid"
puts server.pid
begin
  server.daemonize
rescue Thin::PidFileExist => error
  puts error.message
end
Thin::Server.kill("tmp/thin.pid", 10)
puts File.exist?("tmp/thin.pid")
begin
  Thin::Server.kill("tmp/thin.pid")
rescue Thin::PidFileNotFound => error
  puts error.message
end`,
  );
  const again = startRuby(t, { bundle: "rackup-3", cwd, words: ["ruby", "again.rb"] });
  assert.equal((await again.exited).code, 0, again.stderr());
  const said = again.stdout().replace(/^\d{4}-.*? [+-]\d{4} /gm, "");
  assert.equal(
    said,
    `${pid}
tmp/thin.pid already exists, seems like it's already running (process ID: ${pid}). Stop the process or delete tmp/thin.pid.
Sending QUIT signal to process ${pid} ... 
false
Can't stop process, no PID found in tmp/thin.pid
`,
  );
  await untilGone(all);
  assert.match(await readFile(log, "utf8"), /Exiting!/);
});

test("Two servers of one process serve side by side", async (t) => {
  const folder = await scratchFolder(t);
  const server = await served(
    t,
    `first = Thin::Server.new(ENV["FOLDER"] + "/a.sock", ->(env) { [200, {}, ["a"]] }, signals: false)
Thread.new { first.start }
sleep 0.01 until first.running?
Thin::Server.start("127.0.0.1", 0, ->(env) { [200, {}, ["b"]] })
first.stop
sleep 0.01 while first.running?`,
    { FOLDER: folder },
  );
  await server.waitForLine(/Listening on 127/);
  const port = Number(/Listening on 127\.0\.0\.1:(\d+)/.exec(server.stdout())?.[1]);
  const socketPath = join(folder, "a.sock");
  assert.equal((await ask({ port: 0, socketPath }, "/")).text, "a");
  assert.equal((await ask({ port, socketPath: "" }, "/")).text, "b");
  assert.notEqual(await frontOf(server.pid), 0);
  const all = await server.children();
  server.signal("SIGTERM");
  assert.equal((await server.exited).code, 0);
  await untilGone(all);
});
