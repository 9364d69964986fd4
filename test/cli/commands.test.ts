import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { appFolder, start } from "../harness/server.ts";

const BIN = resolve(import.meta.dirname, "../../bin");

function run(command: "gossamer" | "thin", ...words: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(join(BIN, `${command}.mjs`), words, {
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

test("gossamer says its version, its commands and their options", () => {
  assert.match(run("gossamer", "version").stdout, /^gossamer \d+\.\d+\.\d+\n$/);
  assert.match(run("gossamer", "help").stdout, /serve \[DIR\]/);
  assert.match(run("gossamer", "serve", "--hel").stdout, /-w, --workers N .*\[auto: one a core\]/);
});

test("gossamer ends with 2 and one line when the command line makes no sense", () => {
  assert.deepEqual(run("gossamer", "serv"), {
    status: 2,
    stdout: "",
    stderr: "gossamer: Unknown command serv. `gossamer help` lists the commands.\n",
  });
  assert.deepEqual(run("gossamer", "serve", "--thread", "x"), {
    status: 2,
    stdout: "",
    stderr: 'gossamer: --threads: expected a whole number of at least 1, got "x".\n',
  });
});

test("thin answers as Thin when there is no command, an unknown one, or a wrong option", () => {
  const nothing = run("thin");
  assert.match(nothing.stdout, /^Command required\nUsage: thin \[options\] start\|stop/);
  assert.equal(nothing.status, 1);
  assert.match(run("thin", "-v").stdout, /^thin 2\.0\.1 codename Thinception/);
  const unknown = run("thin", "foo");
  assert.equal(
    unknown.stderr,
    "Unknown command: foo. Use one of start, stop, restart, config, install\n",
  );
  assert.equal(unknown.status, 1);
});

test("thin start says when a folder holds no app", async (t) => {
  const folder = await appFolder(t, "");
  await rm(join(folder, "config.ru"));
  const thin = start(t, { app: folder, command: "thin" });
  assert.equal((await thin.exited).code, 1);
  assert.equal(thin.stderr(), `No adapter found for ${folder}\n`);
});

test("gossamer serve says when the rackup file is not there", async (t) => {
  const folder = await appFolder(t, "");
  const server = start(t, { app: folder, args: ["-R", "other.ru"] });
  assert.equal((await server.exited).code, 2);
  assert.match(
    server.stderr(),
    /other\.ru is not there\. Name the file that makes the app: --rackup FILE\./,
  );
});
