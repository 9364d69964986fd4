import assert from "node:assert/strict";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { RawClient } from "../harness/http.ts";
import { appFolder, type ServeOptions, serve, start } from "../harness/server.ts";

const HELLO = 'run ->(_) { [200, {}, ["hello"]] }';

/** Ends with `code`, after exactly one line on stderr; `%` in it stands for the app's folder. */
async function complains(
  t: TestContext,
  options: ServeOptions,
  line: string,
  code = 1,
): Promise<void> {
  const server = start(t, options);
  assert.deepEqual(await server.exited, { reason: `exit ${code}`, code });
  assert.equal(server.stderr(), `${line.replaceAll("%", options.app)}\n`);
}

const BROKEN_APPS: readonly (readonly [name: string, source: string, complaint: string])[] = [
  ["raises", 'raise "The key is missing"', "The key is missing (RuntimeError) at %/config.ru:1"],
  [
    "has a syntax error",
    "run ->(_) {\n  [200, {}, []\n}\n",
    "%/config.ru:3: syntax error, unexpected '}', expecting ']' (SyntaxError)",
  ],
  ["calls exit", "exit 3", "it called exit (SystemExit) at %/config.ru:1"],
  [
    "requires a gem that is not there",
    '\nrequire "no/such/gem"',
    "cannot load such file -- no/such/gem (LoadError) at %/config.ru:2",
  ],
  [
    "runs nothing",
    "",
    "The rackup file says neither `run` nor `map` (ArgumentError) in %/config.ru",
  ],
];

for (const [name, source, complaint] of BROKEN_APPS) {
  for (const preload of ["--preload", "--no-preload"]) {
    test(`gossamer serve says in one line that an app ${name} (${preload})`, async (t) => {
      const args = ["--workers", "2", preload];
      const line = `gossamer: The app did not load: ${complaint}`;
      await complains(t, { app: await appFolder(t, source), args }, line);
    });
  }
}

test("gossamer serve --debug shows the backtrace of an app that does not load", async (t) => {
  const app = await appFolder(t, "def lay = raise('No egg')\n\nlay\n");
  const server = start(t, { app, args: ["--debug"] });
  assert.equal((await server.exited).code, 1);
  assert.equal(
    server.stderr(),
    `gossamer: The app did not load: No egg (RuntimeError) at ${app}/config.ru:1\n`,
  );
  assert.match(server.stdout(), /config\.ru:1:in `lay'\n +\S*config\.ru:3:in/);
});

test("gossamer serve says that gems are not installed, and how to get them", async (t) => {
  const app = await appFolder(t, HELLO);
  await writeFile(join(app, "Gemfile"), 'source "https://gems.invalid"\ngem "no-such-gem"\n');
  const line =
    "gossamer: The app did not load: Could not find gem 'no-such-gem' in locally installed gems" +
    " (Bundler::GemNotFound). Run `bundle install` in %.";
  await complains(t, { app }, line);
});

test("gossamer serve says that there is no Ruby", async (t) => {
  const app = await appFolder(t, HELLO);
  const path = join(app, "bin");
  await mkdir(path);
  await symlink(process.execPath, join(path, "node"));
  const line =
    "gossamer: No Ruby found: not on PATH nor with rbenv, asdf, mise, RVM or chruby. " +
    "Install Ruby 2.7 or newer, or name one in GOSSAMER_RUBY.";
  await complains(t, { app, env: { PATH: path, HOME: app } }, line);
});

test("gossamer serve says that the folder, or its rackup file, is not there", async (t) => {
  const folder = await appFolder(t, HELLO);
  const app = join(folder, "nowhere");
  const advice = "Name the app's folder: gossamer serve DIR.";
  await complains(t, { app }, `gossamer: % is not there. ${advice}`, 2);
  await mkdir(app);
  const other = "Name the file that makes the app: --rackup FILE.";
  await complains(t, { app }, `gossamer: %/config.ru is not there. ${other}`, 2);
});

test("gossamer serve says that its folder is a file, and how to name that", async (t) => {
  const app = join(await appFolder(t, HELLO), "app");
  await writeFile(app, HELLO);
  const advice = "Name its folder, and the file with --rackup FILE.";
  await complains(t, { app }, `gossamer: % is a file. ${advice}`, 2);
});

test("gossamer serve says that a port is taken", async (t) => {
  const taken = await listener(t, { host: "127.0.0.1", port: 0 });
  const address = taken.address();
  const port = typeof address === "object" ? `${address?.port}` : "";
  const app = await appFolder(t, HELLO);
  const why = "another process listens there. Stop it or choose another address";
  const line = `gossamer: Cannot listen on 127.0.0.1:${port}: ${why}`;
  await complains(t, { app, args: ["-p", port] }, line);
  const line2 = "gossamer: Cannot listen on 127.0.0.1:65536: ports end at 65535";
  await complains(t, { app, args: ["-p", "65536"] }, line2);
});

test("gossamer serve says what is wrong with the path of a socket", async (t) => {
  const app = await appFolder(t, HELLO);
  await listener(t, { path: join(app, "taken.sock") });
  await writeFile(join(app, "file.sock"), "");
  const long = `${"x".repeat(120)}.sock`;
  const wrong = [
    ["taken.sock", "another process accepts connections on it. Stop it first"],
    ["file.sock", "what is there is not a socket. Choose another path"],
    ["none/a.sock", "the folder %/none does not exist"],
    [long, "the path is longer than 107 bytes. Choose a shorter one"],
  ] as const;
  for (const [path, why] of wrong) {
    const line = `gossamer: Cannot listen on %/${path}: ${why}`;
    await complains(t, { app, args: ["-S", join(app, path)] }, line);
  }
});

test("gossamer serve takes the place of a socket that nobody listens on", async (t) => {
  const app = await appFolder(t, HELLO);
  const path = join(app, "stale.sock");
  const first = await serve(t, { app, args: ["-S", path] });
  process.kill(first.pid, "SIGKILL");
  await first.exited;
  const second = await serve(t, { app, args: ["-S", path] });
  const client = await RawClient.open(t, { path });
  client.get("/");
  assert.equal((await client.read()).text, "hello");
  client.socket.destroy();
  assert.equal((await second.stop()).code, 0);
});

test("gossamer serve says that the log cannot be written", async (t) => {
  const app = await appFolder(t, HELLO);
  const wrong = [
    [".", "it is a folder"],
    ["config.ru/a.log", "its folder is a file"],
  ] as const;
  for (const [log, why] of wrong) {
    const path = join(app, log);
    const line = `gossamer: Cannot write the log ${path}: ${why}. Name another with --log FILE.`;
    await complains(t, { app, args: ["--log", log] }, line);
  }
});

async function listener(
  t: TestContext,
  where: { host: string; port: number } | { path: string },
): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(where, resolve));
  t.after(() => new Promise((resolve) => server.close(resolve)));
  return server;
}
