import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type TestContext, test } from "node:test";
import { gemsAt } from "../apps/served.ts";
import { RawClient } from "../harness/http.ts";
import { until } from "../harness/processes.ts";
import { appFolder, type Started, serve, startCommand } from "../harness/server.ts";

const EXAMPLES = resolve(import.meta.dirname, "../../examples");
const BANNER = [
  "Using rack adapter",
  String.raw`Thin web server \(v2\.0\.1 codename Thinception, by Gossamer \d+\.\d+\.\d+\)`,
  "Maximum connections set to 1024",
];
const TIME = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4} `;

/** `bundle exec thin start …` in an example's folder, as its README says. */
function bundleExec(t: TestContext, example: string, words: readonly string[]): Started {
  const cwd = join(EXAMPLES, example);
  const env = gemsAt(join(cwd, "Gemfile"));
  return startCommand(t, "bundle", ["exec", "thin", "start", ...words], { cwd, env });
}

function banner(where: string): RegExp {
  const lines = [...BANNER, String.raw`Listening on ${where}, CTRL\+C to stop`];
  // An app may say something of its own while it loads.
  const others = "(?:.*\\n)*?";
  return new RegExp(`^${lines.map((line) => `${TIME}${line}\n`).join(others)}`, "m");
}

async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "gossamer-thin-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

const SLOW_PATHS = [
  ["sinatra", "/stream", "line 1", "line 5"],
  ["rails", "/events", '"number":1', '"number":3'],
] as const;

for (const [example, slow, first, last] of SLOW_PATHS) {
  test(`thin start serves the ${example} example on a port, and QUIT lets a response finish`, async (t) => {
    const port = await freePort();
    const words = ["-p", `${port}`, "-a", "127.0.0.1", "-e", "production"];
    const thin = bundleExec(t, example, words);
    await thin.waitForLine(banner(`127.0.0.1:${port}`));
    const client = await RawClient.open(t, { port });
    client.get(slow);
    const begun = await client.until(Buffer.from(first));
    thin.signal("SIGQUIT");
    await thin.waitForLine(/Waiting for 1 connection\(s\) to finish, can take up to 30 sec/);
    const rest = (await client.rest()).toString();
    client.socket.destroy();
    assert.match(begun.toString(), /^HTTP\/1\.1 200 OK\r\n/);
    assert.match(rest, new RegExp(last));
    assert.match(rest, /0\r\n\r\n$/);
    assert.deepEqual(await thin.exited, { reason: "exit 0", code: 0 });
    await assert.rejects(RawClient.open(t, { port }), { code: "ECONNREFUSED" });
  });
}

const ENVIRONMENT = 'run ->(_) { [200, {}, [ENV["RACK_ENV"], " in ", Dir.pwd]] }';

test("thin start takes folder, rackup file and environment as Thin does", async (t) => {
  const folder = await appFolder(t, "raise");
  await writeFile(join(folder, "other.ru"), ENVIRONMENT);
  const args = ["-R", "other.ru", "-e", "staging"];
  const thin = await serve(t, { app: folder, command: "thin", args });
  assert.equal(await (await fetch(thin.url)).text(), `staging in ${folder}`);
  assert.doesNotMatch(thin.stdout(), /adapter/);
  assert.match(thin.stdout(), /Listening on 127\.0\.0\.1:\d+, CTRL\+C to stop\n$/);
  assert.equal((await thin.stop()).code, 0);
});

test("thin start takes the class that a Ruby file defines", async (t) => {
  const folder = await appFolder(t, "raise");
  const source = 'class Myapp; def self.call(_) = [200, {}, ["a class"]]; end';
  await writeFile(join(folder, "myapp.rb"), source);
  const thin = await serve(t, { app: folder, command: "thin", args: ["-R", "myapp.rb"] });
  assert.equal(await (await fetch(thin.url)).text(), "a class");
});

test("thin start -q prints nothing", async (t) => {
  const path = join(await temporaryFolder(t), "q.sock");
  const cwd = await appFolder(t, 'warn "loaded"; run ->(_) { [200, {}, []] }');
  const thin = startCommand(t, "thin", ["start", "-q", "-S", path], { cwd });
  await thin.waitForLine(/^loaded$/m);
  // It is bound a moment after the app is loaded, and says nothing of it.
  await untilAnswered(t, path);
  thin.signal("SIGINT");
  assert.equal((await thin.exited).code, 0);
  assert.equal(thin.stdout(), "");
});

test("thin start says `no acceptor` where a port is taken", async (t) => {
  const taken = await serve(t, { app: join(EXAMPLES, "hello") });
  const cwd = join(EXAMPLES, "hello");
  const words = ["start", "-a", "127.0.0.1", "-p", `${taken.port}`];
  const thin = startCommand(t, "thin", words, { cwd });
  assert.deepEqual(await thin.exited, { reason: "exit 1", code: 1 });
  assert.equal(
    thin.stderr(),
    "no acceptor (port is in use or requires root privileges) (RuntimeError)\n" +
      `Cannot listen on 127.0.0.1:${taken.port}: another process listens there. Stop it or choose another address\n`,
  );
});

test("thin start ends with 1 and Thin's words for what it cannot do", async (t) => {
  const cwd = await appFolder(t, "raise 'No luck'");
  const wrong = [
    [["--bogus"], "thin: invalid option: --bogus (OptionParser::InvalidOption)"],
    [["-p"], "thin: missing argument: -p (OptionParser::MissingArgument)"],
    [["-c", "/nowhere"], "No such file or directory @ dir_chdir - /nowhere (Errno::ENOENT)"],
    [
      ["-R", "none.ru"],
      `${cwd}/none.ru is not there. Name the file that makes the app: --rackup FILE.`,
    ],
    [["-A", "foo"], "Adapter not found: foo"],
    [
      ["-A", "merb"],
      "There is no merb adapter in Gossamer. Give the app a config.ru, which is run as it is, or run the thin gem.",
    ],
    [["--prefix", "foo"], "paths need to start with / (ArgumentError)"],
    [["-p", "0"], `The app did not load: No luck (RuntimeError) at ${cwd}/config.ru:1`],
  ] as const;
  for (const [words, line] of wrong) {
    const thin = startCommand(t, "thin", ["start", ...words], { cwd });
    assert.deepEqual(await thin.exited, { reason: "exit 1", code: 1 });
    assert.equal(thin.stderr(), `${line}\n`);
  }
});

test("thin -h and thin -v act before anything else", async (t) => {
  const help = startCommand(t, "thin", ["start", "-h", "--bogus"], {});
  assert.equal((await help.exited).code, 0);
  assert.match(help.stdout(), /^Usage: thin \[options\] start\|stop\|restart\|config\|install\n/);
  const version = startCommand(t, "thin", ["start", "--version"], {});
  assert.equal((await version.exited).code, 0);
  assert.match(
    version.stdout(),
    /^thin 2\.0\.1 codename Thinception \(gossamer \d+\.\d+\.\d+\)\n$/,
  );
});

async function untilAnswered(t: TestContext, path: string): Promise<void> {
  await until(
    () => existsSync(path),
    10_000,
    () => `no ${path}`,
  );
  const client = await RawClient.open(t, { path });
  client.get("/");
  assert.equal((await client.read()).status, 200);
  client.socket.destroy();
}

/** A port that nobody had a moment ago. */
function freePort(): Promise<number> {
  const probe = createServer();
  return new Promise((found) => {
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      const port = typeof address === "object" ? (address?.port ?? 0) : 0;
      probe.close(() => found(port));
    });
  });
}
