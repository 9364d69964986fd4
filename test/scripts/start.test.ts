import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cp, mkdtemp, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { untilGone } from "../harness/processes.ts";
import { appFolder, startCommand } from "../harness/server.ts";

const CHECKOUT = resolve(import.meta.dirname, "../..");
const LISTENING = /Listening on (http:\/\/127\.0\.0\.1:\d+)/;

const CLONED = ["bin", "docs", "examples/hello", "ruby", "scripts", "src"];
const ALSO_CLONED = ["package.json", "package-lock.json", "tsconfig.json", "README.md"];

/** What git would clone, as it stands, with node modules borrowed; nothing of it is built. */
let clone = "";

before(async () => {
  clone = await mkdtemp(join(tmpdir(), "gossamer-clone-"));
  for (const name of [...CLONED, ...ALSO_CLONED]) {
    await cp(join(CHECKOUT, name), join(clone, name), { recursive: true });
  }
  // Older than the node modules, so that nobody brings them anew.
  await utimes(join(clone, "package-lock.json"), 0, 0);
  await symlink(join(CHECKOUT, "node_modules"), join(clone, "node_modules"));
});

after(() => rm(clone, { recursive: true, force: true }));

test("npm start builds, serves the hello example on the first free port from 3000 on, and stops", async (t) => {
  const taken = createServer().unref();
  await new Promise<void>((bound) => {
    taken.once("error", () => bound()).listen(3000, "127.0.0.1", bound);
  });
  t.after(() => void taken.close());
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    const npm = startCommand(t, "npm", ["start"], { cwd: clone });
    const [, url = ""] = await npm.waitForLine(LISTENING, 120_000);
    assert.doesNotMatch(npm.stdout(), /Installing/);
    assert.match(npm.stdout(), /Port 3000 is taken: using 3\d\d\d\./);
    const response = await fetch(url);
    assert.equal(response.status, 200);
    assert.match(await response.text(), /It runs\./);
    const below = await npm.children();
    assert.ok(below.length >= 3, "a server, a mold and a worker at least");
    npm.signal(signal);
    assert.equal((await npm.exited).code, 0);
    await untilGone(below);
    await assert.rejects(fetch(url));
  }
});

test("npm start -- PATH serves the app there, with its options", async (t) => {
  const words = [
    "start",
    "--",
    join(clone, "examples/hello"),
    "-p",
    "0",
    "-w",
    "1",
    "-e",
    "staging",
  ];
  const npm = startCommand(t, "npm", words, { cwd: clone });
  const [, url = ""] = await npm.waitForLine(LISTENING, 120_000);
  assert.match(npm.stdout(), /in staging: 1 worker × /);
  assert.equal((await fetch(`${url}/plain`)).status, 200);
  npm.signal("SIGINT");
  assert.equal((await npm.exited).code, 0);
});

test("npm start leaves where to listen to a variable, and to the gossamer.yml of the app", async (t) => {
  const app = await appFolder(t, 'run ->(_) { [200, {}, ["mine"]] }');
  await writeFile(join(app, "gossamer.yml"), "port: 0\n");
  for (const [words, env] of [
    [["start", "--", app, "-w1"], {}],
    [["start", "--", "-w1"], { GOSSAMER_PORT: "0" }],
  ] as const) {
    const npm = startCommand(t, "npm", words, { cwd: clone, env });
    const [, url = ""] = await npm.waitForLine(LISTENING, 120_000);
    assert.ok(Number(new URL(url).port) >= 3_100, `${url} is none of those that npm start chooses`);
    npm.signal("SIGINT");
    assert.equal((await npm.exited).code, 0);
  }
});

test("npm start says in one line that an app is not there", () => {
  const { status, stderr } = spawnSync(process.execPath, ["scripts/start.mjs", "/nowhere"], {
    cwd: CHECKOUT,
    encoding: "utf8",
  });
  assert.equal(stderr, "/nowhere is not there. Name the folder of a Rack app.\n");
  assert.equal(status, 1);
});
