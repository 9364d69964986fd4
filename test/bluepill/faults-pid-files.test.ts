import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdir, readFile, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { isAlive, untilGone } from "../harness/processes.ts";
import { daemonOf, statuses, untilLogged, untilUp } from "./asked.ts";
import { ourSide } from "./side.ts";

/** What somebody has put where the pid file belongs. */
const RUBBISH: Readonly<Record<string, (path: string) => Promise<unknown> | unknown>> = {
  text: (path) => writeFile(path, "the web server\n"),
  zero: (path) => writeFile(path, "0"),
  negative: (path) => writeFile(path, "-1"),
  first: (path) => writeFile(path, "1\n"),
  huge_number: (path) => writeFile(path, "9".repeat(40)),
  huge_file: (path) => writeFile(path, Buffer.alloc(20_000_000, "7")),
  empty: (path) => writeFile(path, ""),
  binary: (path) => writeFile(path, Buffer.from([0, 255, 10, 49, 0, 200])),
  two_lines: (path) => writeFile(path, `${process.pid}\n${process.pid}\n`),
  pipe: (path) => execFileSync("mkfifo", [path]),
  folder: (path) => mkdir(join(path, "in it"), { recursive: true }),
  own_link: (path) => symlink(path, path),
  endless: (path) => symlink("/dev/zero", path),
};

const NAMES = Object.keys(RUBBISH);

const PILL = `Bluepill.application("a", log_file: "FOLDER/a.log") do |app|
  %w[${NAMES.join(" ")}].each do |name|
    app.process(name) do |p|
      p.start_command = "/bin/sleep 1000"
      p.daemonize = true
      p.pid_file = "FOLDER/#{name}.pid"
      p.start_grace_time = 0
      p.stop_grace_time = 1
    end
  end
end
`;

test("a daemon starts what has rubbish in place of its pid file, and finds it again", async (t) => {
  const side = await ourSide(t);
  for (const [name, put] of Object.entries(RUBBISH)) await put(join(side.folder, `${name}.pid`));
  await side.load(PILL);
  const pids = new Map<string, number>();
  for (const name of NAMES) pids.set(name, await untilUp(side, name));
  const daemon = await daemonOf(side);
  for (const name of NAMES.filter((one) => one !== "folder")) {
    assert.equal(await side.file(`${name}.pid`), String(pids.get(name)), name);
  }
  const log = await untilLogged(side, /folder\] Cannot write the pid file/);
  assert.equal(log.match(/Cannot write the pid file/g)?.length, 1, log);
  assert.ok(
    (await stat(join(side.folder, "folder.pid"))).isDirectory(),
    "it is not ours to remove",
  );
  process.kill(daemon, "SIGKILL");
  await untilGone([daemon]);
  await side.load(PILL);
  for (const [name, { state, pid }] of await statuses(side)) {
    assert.deepEqual([state, pid], ["up", pids.get(name)], name);
  }
  assert.equal((await side.run("stop")).code, 0);
  await untilGone([...pids.values()]);
  assert.ok(await isAlive(await daemonOf(side)));
});

const ONE = `Bluepill.application("a", log_file: "FOLDER/a.log") do |app|
  app.process("web") do |p|
    p.start_command = "/bin/sleep 1000"
    p.daemonize = true
    p.start_grace_time = 0
    p.stop_grace_time = 1
  end
end
`;

test("a daemon never signals a process that was given the number of one of its own", async (t) => {
  const side = await ourSide(t);
  await side.load(ONE);
  const stranger = await untilUp(side, "web");
  const daemon = await daemonOf(side);
  process.kill(daemon, "SIGKILL");
  await untilGone([daemon]);
  // What is left when the number is another's by now: a process that began later than what was written down.
  const journal = join(side.base, "journals/a.json");
  const text = await readFile(journal, "utf8");
  await writeFile(
    journal,
    text.replace(/"startTicks":(\d+)/, (_, ticks: string) => `"startTicks":${Number(ticks) - 1}`),
  );
  await utimes(join(side.base, "pids/a/web.pid"), new Date(0), new Date(0));
  await side.load(ONE);
  const pid = await untilUp(side, "web");
  assert.notEqual(pid, stranger);
  await untilLogged(side, new RegExp(`older than process ${stranger}, which is another one`));
  await side.run("stop");
  await untilGone([pid]);
  assert.ok(await isAlive(stranger));
});
