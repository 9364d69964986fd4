import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { delimiter, join, resolve } from "node:path";
import { test } from "node:test";
import { installService } from "../../src/cli/thin-install.ts";
import { appFolder } from "../harness/server.ts";
import { ask } from "../server/ask.ts";
import { site } from "./daemon.ts";

const HI = 'run ->(_) { [200, { "content-type" => "text/plain" }, ["hi"]] }';
const THIN = resolve(import.meta.dirname, "../../bin/thin.mjs");

/** A voice that only remembers. */
function listener() {
  const lines: string[] = [];
  return { lines, say: (text: string) => void lines.push(text), raw: () => {} };
}

test("thin --all does a command with each config file of a folder", async (t) => {
  const place = await site(t, HI);
  const folder = join(place.folder, "configs");
  await mkdir(folder);
  const socket = (name: string): string => join(place.folder, `${name}.sock`);
  const config = (name: string): string =>
    `---\nchdir: ${place.folder}\nsocket: ${socket(name)}\npid: tmp/pids/${name}.pid\nlog: log/${name}.log\n`;
  for (const name of ["a", "b"]) await writeFile(join(folder, `${name}.yml`), config(name));
  await writeFile(join(folder, "c.yml~"), config("c"));
  const started = await place.thin("start", "--all", folder);
  assert.deepEqual([started.code, started.stderr], [0, ""]);
  assert.match(started.stdout, /\[start\] .*a\.yml \.\.\.\n.*\[start\] .*b\.yml \.\.\.\n$/);
  for (const name of ["a", "b"]) {
    assert.equal((await ask({ port: 0, socketPath: socket(name) }, "/")).text, "hi");
  }
  assert.ok(!existsSync(socket("c")));
  const again = await place.thin("start", "--all", folder);
  assert.equal(again.code, 1, "they run already");
  assert.equal((await place.thin("restart", "--all", folder)).code, 0);
  assert.equal((await place.thin("stop", "--all", folder)).code, 0);
  assert.ok(!existsSync(socket("a")) && !existsSync(socket("b")));
});

test("thin --all has nothing to do in a folder that is not there", async (t) => {
  const place = await site(t, HI);
  const { code, stdout } = await place.thin("start", "--all", join(place.folder, "none"));
  assert.deepEqual([code, stdout], [0, ""]);
});

test("installService() writes an init script that does as it is told", async (t) => {
  const place = await site(t, HI);
  const root = await appFolder(t, HI);
  const configs = join(root, "configs");
  const voice = listener();
  assert.equal(await installService(configs, THIN, voice, root), 0);
  const script = join(root, "etc/init.d/thin");
  assert.deepEqual(voice.lines.slice(0, 5), [
    `Installing thin service at ${script} ...`,
    `mkdir -p ${join(root, "etc/init.d")}`,
    `writing ${script}`,
    `chmod +x ${script}`,
    `mkdir -p ${configs}`,
  ]);
  assert.equal(voice.lines.at(-1), `Then put your config files in ${configs}`);
  assert.equal((await stat(script)).mode & 0o111, 0o111);
  const config = `---\nchdir: ${place.folder}\nsocket: ${place.socket}\n`;
  await writeFile(join(configs, "a.yml"), config);
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const withoutNode = folders.filter((folder) => !existsSync(join(folder, "node")));
  const env = { PATH: withoutNode.join(delimiter), TMPDIR: place.folder };
  const run = (word: string) =>
    spawnSync("/bin/sh", [script, word], { cwd: root, env, encoding: "utf8" });
  assert.equal(run("start").status, 0);
  assert.equal((await ask({ port: 0, socketPath: place.socket }, "/")).text, "hi");
  assert.equal(run("restart").status, 0);
  assert.equal(run("stop").status, 0);
  assert.ok(!existsSync(place.socket));
  const wrong = run("status");
  assert.deepEqual([wrong.status, wrong.stderr], [3, `Usage: ${script} {start|stop|restart}\n`]);
});

test("installService() leaves a script alone that is there", async (t) => {
  const root = await appFolder(t, HI);
  await mkdir(join(root, "etc/rc.d"), { recursive: true });
  await writeFile(join(root, "etc/rc.d/thin"), "mine");
  const voice = listener();
  assert.equal(await installService(join(root, "configs"), THIN, voice, root), 0);
  assert.equal(voice.lines[0], `Thin service already installed at ${join(root, "etc/rc.d/thin")}`);
  assert.equal(await readFile(join(root, "etc/rc.d/thin"), "utf8"), "mine");
  assert.ok(existsSync(join(root, "configs")));
});

test("installService() says in one line what it may not write", async (t) => {
  const root = await appFolder(t, HI);
  await writeFile(join(root, "etc"), "a file");
  await assert.rejects(installService(join(root, "configs"), THIN, listener(), root), {
    name: "ThinError",
    message: /^Cannot write \S+: [^\n]+\.$/,
  });
});
