import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type TestContext, test } from "node:test";
import { untilGone } from "../harness/processes.ts";
import { startCommand } from "../harness/server.ts";
import { ask } from "../server/ask.ts";
import { complaintsOf, frontOf, startRuby } from "./ruby-server.ts";

const CHECKOUT = resolve(import.meta.dirname, "../..");
const GEM = join(CHECKOUT, "ruby/gem");

test("The gem and the Node package have one version", () => {
  const { version } = JSON.parse(readFileSync(join(CHECKOUT, "package.json"), "utf8"));
  const text = readFileSync(join(GEM, "lib/gossamer/version.rb"), "utf8");
  assert.equal(/VERSION = "(.+)"/.exec(text)?.[1], version);
});

async function succeed(t: TestContext, command: string, words: readonly string[], cwd: string) {
  const run = startCommand(t, command, words, { cwd });
  assert.equal((await run.exited).code, 0, run.stderr());
  return complaintsOf(run);
}

/** The gem, built and installed into a folder of the checkout; what it needs is where the bundles are. */
async function installed(t: TestContext): Promise<{ folder: string; env: NodeJS.ProcessEnv }> {
  await mkdir(join(CHECKOUT, ".cache"), { recursive: true });
  const folder = await mkdtemp(join(CHECKOUT, ".cache/gem-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, "gossamer.gem");
  const gems = join(folder, "gems");
  const built = await succeed(t, "gem", ["build", "gossamer.gemspec", "-o", file], GEM);
  const warnings = built.filter((line) => /^(WARNING|ERROR)/.test(line));
  assert.deepEqual(
    warnings.filter((line) => !/no homepage|^WARNING: +See /.test(line)),
    [],
  );
  const install = ["install", "--local", "--ignore-dependencies", "--no-document"];
  await succeed(t, "gem", [...install, "--install-dir", gems, file], folder);
  const asked = startRuby(t, {
    bundle: "rackup-3",
    cwd: folder,
    words: ["ruby", "-e", "print Gem.dir"],
  });
  assert.equal((await asked.exited).code, 0, asked.stderr());
  return { folder, env: { GEM_HOME: gems, GEM_PATH: `${gems}:${asked.stdout()}` } };
}

const SCRIPT = `gem "gossamer"
require "thin"
puts $LOADED_FEATURES.grep(%r{/lib/thin/server.rb})
Thin::Server.start("127.0.0.1", 0, ->(env) { [200, {}, ["hello"]] })`;

test("gem build makes a gem that finds the Node package: by GOSSAMER_HOME, in node_modules, on PATH", async (t) => {
  const { folder, env } = await installed(t);
  await writeFile(join(folder, "script.rb"), SCRIPT);
  await mkdir(join(folder, "app/web"), { recursive: true });
  await mkdir(join(folder, "app/node_modules"));
  await symlink(CHECKOUT, join(folder, "app/node_modules/gossamer"));
  const bare = (process.env["PATH"] ?? "").split(":").filter((one) => !one.startsWith(CHECKOUT));
  const places: readonly (readonly [string, NodeJS.ProcessEnv])[] = [
    [folder, { PATH: bare.join(":"), GOSSAMER_HOME: CHECKOUT }],
    [join(folder, "app/web"), { PATH: bare.join(":") }],
    [folder, {}],
  ];
  for (const [cwd, more] of places) {
    const server = startCommand(t, "ruby", [join(folder, "script.rb")], {
      cwd,
      env: { ...env, ...more },
    });
    const [, port = ""] = await server.waitForLine(/Listening on 127\.0\.0\.1:(\d+)/);
    assert.ok(server.stdout().startsWith(join(folder, "gems/gems/gossamer-")), server.stdout());
    assert.equal((await ask({ port: Number(port), socketPath: "" }, "/")).text, "hello");
    const front = await frontOf(server.pid);
    server.signal("SIGTERM");
    assert.equal((await server.exited).code, 0);
    await untilGone([front]);
  }
  const nowhere = startCommand(t, "ruby", [join(folder, "script.rb")], {
    cwd: folder,
    env: { ...env, PATH: bare.join(":") },
  });
  assert.equal((await nowhere.exited).code, 1);
  assert.match(
    nowhere.stderr(),
    /The Node package gossamer was not found: not around this gem, not in a node_modules, not on PATH\. Install it, or name its folder in GOSSAMER_HOME\. \(Gossamer::Error\)/,
  );
});
