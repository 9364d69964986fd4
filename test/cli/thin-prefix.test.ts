import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type TestContext, test } from "node:test";
import { installGems } from "../../scripts/gems.mjs";
import { gemsAt } from "../apps/served.ts";
import { RawClient } from "../harness/http.ts";
import { appFolder, type RunningServer, serve, start } from "../harness/server.ts";

const PLACES = 'run ->(env) { [200, {}, ["#{env["SCRIPT_NAME"]} #{env["PATH_INFO"]}"]] }';
const RACK = resolve(import.meta.dirname, "../gems/rack-3.1/Gemfile");

async function ask(t: TestContext, { port }: RunningServer, path: string) {
  const client = await RawClient.open(t, { port });
  client.get(path);
  const { status, text } = await client.read();
  client.socket.destroy();
  return `${status} ${text}`;
}

for (const [title, hasRack] of [
  ["with the rack gem", true],
  ["without it", false],
] as const) {
  test(`thin --prefix mounts the app under a path (${title})`, async (t) => {
    if (hasRack) await installGems(["rack-3.1"]);
    const env = hasRack ? gemsAt(RACK) : {};
    const app = await appFolder(t, PLACES);
    const thin = await serve(t, { app, command: "thin", args: ["--prefix", "/foo/"], env });
    const wanted = {
      "/foo": "200 /foo ",
      "/foo/": "200 /foo /",
      "//foo//x?y": "200 /foo //x",
      "/foobar": "404 Not Found: /foobar",
      "/": "404 Not Found: /",
      "/x/foo": "404 Not Found: /x/foo",
    };
    for (const [path, answer] of Object.entries(wanted)) {
      assert.equal(await ask(t, thin, path), answer);
    }
    const { headers } = await fetch(`${thin.url}/foobar`);
    assert.deepEqual(
      [headers.get("content-type"), headers.get("x-cascade")],
      ["text/plain", "pass"],
    );
  });
}

test("gossamer serve --prefix / changes nothing, and a prefix may have several parts", async (t) => {
  const app = await appFolder(t, PLACES);
  const root = await serve(t, { app, args: ["--prefix", "/"] });
  assert.equal(await ask(t, root, "/a"), "200  /a");
  const deep = await serve(t, { app, args: ["--prefix", "/a.b/c"] });
  assert.equal(await ask(t, deep, "/a.b/c/d"), "200 /a.b/c /d");
  assert.equal(await ask(t, deep, "/a-b/c/d"), "404 Not Found: /a-b/c/d");
});

test("gossamer serve refuses a prefix that does not begin with a slash", async (t) => {
  const app = await appFolder(t, PLACES);
  const wrong = start(t, { app, args: ["--prefix", "foo"] });
  assert.equal((await wrong.exited).code, 2);
  assert.match(
    wrong.stderr(),
    /^gossamer: --prefix: expected a path that begins with \/, got "foo"/,
  );
});

const REQUIRED = 'run ->(_) { [200, {}, [$order.join(" ")]] }';

for (const [command, words] of [
  ["thin", ["-r", "./a", "--require=./b.rb", "-r", "json"]],
  ["gossamer", ["-r", "./a", "--require=./b.rb", "--require", "json", "--preload"]],
] as const) {
  test(`${command} requires files in their order, after the bundle and before the app`, async (t) => {
    const app = await appFolder(t, `$order << "app" << defined?(JSON)\n${REQUIRED}`);
    await writeFile(join(app, "Gemfile"), "");
    await writeFile(join(app, "a.rb"), '($order ||= []) << "a" << defined?(Bundler)');
    await writeFile(join(app, "b.rb"), '$order << "b"');
    const server = await serve(t, { app, command, args: words });
    assert.equal(await ask(t, server, "/"), "200 a constant b app constant");
  });
}

test("thin says in one line that a required file is not there, or does not load", async (t) => {
  const app = await appFolder(t, REQUIRED);
  await writeFile(join(app, "bad.rb"), "\nrequire 'no/such'");
  const wrong = {
    nope: "cannot load such file -- nope (LoadError), which --require names",
    "./bad": `cannot load such file -- no/such (LoadError) at ${app}/bad.rb:2`,
  };
  for (const [file, why] of Object.entries(wrong)) {
    for (const command of ["thin", "gossamer"] as const) {
      const server = start(t, { app, command, args: ["-r", file] });
      assert.equal((await server.exited).code, 1);
      const name = command === "thin" ? "" : "gossamer: ";
      assert.equal(server.stderr(), `${name}The app did not load: ${why}\n`);
    }
  }
});
