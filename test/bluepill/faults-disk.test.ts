import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmod, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { isAlive, until, untilGone } from "../harness/processes.ts";
import { ask, daemonOf, statuses, untilLogged, untilUp } from "./asked.ts";
import { ourSide, type Side } from "./side.ts";

const isRoot = process.geteuid?.() === 0;

function pill(log = "FOLDER/base/a.log", more = ""): string {
  return `Bluepill.application("a", log_file: "${log}") do |app|
  app.process("web") do |p|
    p.start_command = "/bin/sleep 1000"
    p.daemonize = true
    p.start_grace_time = 0
    p.stop_grace_time = 1
    ${more}
  end
end
`;
}

/** Fills the disk that the base is on, to the last byte. */
async function fill(side: Side): Promise<void> {
  for (const bytes of [65_536, 4_096, 1]) {
    try {
      for (let n = 0; n < 100; n++) {
        await writeFile(join(side.base, "filler"), Buffer.alloc(bytes), { flag: "a" });
      }
    } catch (error) {
      assert.equal((error as NodeJS.ErrnoException).code, "ENOSPC");
    }
  }
}

/** Lines of the log that have this in them. */
function count(log: string, text: string): number {
  return log.split("\n").filter((line) => line.includes(text)).length;
}

/** Who is not root has no disk to fill; what a daemon does about it is then seen by the limit of file sizes below. */
if (isRoot) {
  test("a daemon on a full disk goes on, says so once, and mends everything when there is room", async (t) => {
    const side = await ourSide(t);
    await mkdir(side.base);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=256k,nr_inodes=200", "tmpfs", side.base]);
    try {
      await side.load(pill());
      const first = await untilUp(side, "web");
      const daemon = await daemonOf(side);
      const journal = await side.file("base/journals/a.json");
      // Else the room of the one is room for the next.
      await rm(join(side.base, "pids/a/web.pid"));
      await fill(side);
      process.kill(first, "SIGKILL");
      const second = await untilUp(side, "web", first);
      process.kill(second, "SIGKILL");
      const third = await untilUp(side, "web", second);
      assert.notEqual(await side.file("base/pids/a/web.pid"), String(third));
      assert.equal(await side.file("base/journals/a.json"), journal, "it is the old one, or none");
      const refused = await side.run("load", await side.pill(pill()));
      assert.deepEqual([refused.code, refused.stdout], [5, [""]], refused.stderr.join("\n"));
      assert.match(refused.stderr.join("\n"), /^Failed to start bluepill:\nCannot write .*ENOSPC/);
      assert.equal(await daemonOf(side), daemon);
      await rm(join(side.base, "filler"));
      await until(
        async () => (await side.file("base/pids/a/web.pid")) === String(third),
        20_000,
        async () => `the pid file is ${await side.file("base/pids/a/web.pid")}`,
      );
      const log = await untilLogged(side, /The journal .* is written again/, "base/a.log");
      assert.match(
        (await side.file("base/journals/a.json")) ?? "",
        new RegExp(`"pid":${third}\\b`),
      );
      assert.equal(count(log, "Cannot write the journal"), 1, log);
      assert.ok(count(log, "Cannot write the pid file") <= 1, log);
      for (const pid of [first, second]) assert.match(log, new RegExp(`Process ${pid} ended`));
      process.kill(daemon, "SIGKILL");
      await untilGone([daemon]);
      await side.load(pill());
      assert.equal((await statuses(side)).get("web")?.pid, third);
    } finally {
      execFileSync("umount", ["--lazy", side.base]);
    }
  });
}

test("a daemon that may write no more takes orders all the same, and loses no line", async (t) => {
  const side = await ourSide(t);
  await side.load(pill());
  const pid = await untilUp(side, "web");
  const daemon = await daemonOf(side);
  const limit = (bytes: string): unknown =>
    execFileSync("prlimit", [`--pid=${daemon}`, `--fsize=${bytes}:unlimited`]);
  limit("1");
  await ask(side, { order: "unmonitor", target: [] });
  await ask(side, { order: "start", target: [] });
  await ask(side, { order: "unmonitor", target: [] });
  const web = (await statuses(side)).get("web");
  assert.deepEqual([web?.state, web?.pid], ["unmonitored", pid]);
  limit("unlimited");
  const log = await untilLogged(side, /The journal .* is written again/, "base/a.log");
  assert.deepEqual([count(log, "Cannot write the journal"), count(log, "Ordered:")], [1, 3], log);
  process.kill(daemon, "SIGKILL");
  await untilGone([daemon]);
  await side.load(pill());
  assert.equal((await statuses(side)).get("web")?.state, "unmonitored", "it stands in the journal");
});

test("a command runs also where there is no room for what it prints", async (t) => {
  const side = await ourSide(t);
  // A file where the folder for temporary files should be.
  await writeFile(join(side.folder, "tmp"), "");
  const script =
    "#!/bin/sh\nsleep 1000 >/dev/null 2>&1 &\necho $! >FOLDER/self.pid\necho started\n";
  await chmod(await side.pill(script, "start.sh"), 0o755);
  const text = pill("FOLDER/a.log")
    .replace("/bin/sleep 1000", "FOLDER/start.sh")
    .replace(
      "p.daemonize = true",
      'p.pid_file = "FOLDER/self.pid"; p.stop_command = "kill {{PID}}"',
    );
  await side.load(text, "a", { TMPDIR: join(side.folder, "tmp") });
  const pid = await untilUp(side, "web");
  await side.run("stop");
  await untilGone([pid]);
});

test("a load whose log cannot be written leaves the daemon that runs alone", async (t) => {
  const side = await ourSide(t);
  await side.load(pill());
  const pid = await untilUp(side, "web");
  const daemon = await daemonOf(side);
  const logs = join(side.folder, "logs");
  await mkdir(logs);
  if (isRoot) execFileSync("mount", ["-t", "tmpfs", "-o", "ro", "tmpfs", logs]);
  else await chmod(logs, 0o555);
  try {
    const went = await side.run("load", await side.pill(pill("FOLDER/logs/a.log")));
    assert.equal(went.code, 5);
    assert.match(
      went.stderr.join("\n"),
      /^Failed to start bluepill:\nCannot write the log FOLDER\/logs\/a\.log: E(ROFS|ACCES).*\. See log_file: in the pill\.$/,
    );
  } finally {
    if (isRoot) execFileSync("umount", ["--lazy", logs]);
    else await chmod(logs, 0o755);
  }
  assert.equal(await daemonOf(side), daemon);
  assert.equal((await statuses(side)).get("web")?.pid, pid);
});

test("a daemon whose log cannot be opened anew goes on writing to the one it has", async (t) => {
  const side = await ourSide(t);
  await mkdir(join(side.folder, "logs"));
  await side.load(pill("FOLDER/logs/a.log"));
  await untilUp(side, "web");
  const daemon = await daemonOf(side);
  await rename(join(side.folder, "logs"), join(side.folder, "moved"));
  await writeFile(join(side.folder, "logs"), "not a folder");
  process.kill(daemon, "SIGHUP");
  await ask(side, { order: "unmonitor", target: [] });
  await untilLogged(side, /Ordered: unmonitor/, "moved/a.log");
  assert.ok(await isAlive(daemon));
  assert.equal(await readFile(join(side.folder, "logs"), "utf8"), "not a folder");
});

test("a log that takes nothing at all is no reason to end", async (t) => {
  const side = await ourSide(t);
  await side.load(pill("/dev/full"));
  const first = await untilUp(side, "web");
  process.kill(first, "SIGKILL");
  const second = await untilUp(side, "web", first);
  assert.equal((await side.run("stop")).code, 0);
  await untilGone([second]);
});
