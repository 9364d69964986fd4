import assert from "node:assert/strict";
import { chmod, readFile, rename, symlink } from "node:fs/promises";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { isAlive, until, untilGone } from "../harness/processes.ts";
import { startCommand } from "../harness/server.ts";
import { type Check, hold, pill } from "./check.ts";
import { ourSide } from "./side.ts";

const GROUPS = `Bluepill.application("a", log_file: "FOLDER/a.log") do |app|
  2.times do |n|
    app.process("w#{n}") do |p|
      p.start_command = "/bin/sleep 1000"
      p.daemonize = true
      p.start_grace_time = p.stop_grace_time = 1
      p.group = "g"
    end
  end
  app.process("alone") do |p|
    p.start_command = "/bin/sleep 1000"
    p.daemonize = true
    p.start_grace_time = p.stop_grace_time = 1
  end
end
`;

/** A pill that is refused. */
function refused(title: string, text: string): Check {
  return {
    title: `load: ${title}`,
    see: async (side) => {
      const { code, stderr } = await side.run("load", await side.pill(text));
      return [code, stderr.filter((line) => line.startsWith("Config Error"))];
    },
  };
}

const CHECKS: readonly Check[] = [
  {
    title: "1 status without a daemon",
    see: async (side) => [await side.run("status"), await side.exists("base/socks")],
  },
  {
    title: "2 -h",
    see: async (side) => {
      const { code, stdout } = await side.run("-h");
      return [code, stdout[0], stdout.includes("Commands:")];
    },
  },
  { title: "3 -v", see: (side) => side.run("-v") },
  {
    title: "an option that there is not",
    see: async (side) => {
      const { code, stderr } = await side.run("--bogus", "status");
      return [code, stderr.join("\n").includes("invalid option: --bogus")];
    },
  },
  {
    title: "5 load of a file that is not there",
    see: (side) => side.run("load", "/nope"),
    better: {
      why: "A script can tell that nothing was loaded",
      bluepill: { code: 0, stdout: [""], stderr: ["Can't find file: /nope"] },
      ours: { code: 1, stdout: [""], stderr: ["Can't find file: /nope"] },
    },
  },
  {
    title: "6 load, status, pid file",
    see: async (side) => {
      const went = await side.load(pill());
      const pid = await side.untilState("web", "up");
      const text = await side.file("base/pids/a/web.pid");
      return [went, text === String(pid), (await side.run("status")).stdout];
    },
  },
  {
    title: "8 what is killed is started again",
    see: async (side) => {
      await side.load(pill());
      const pid = await side.untilState("web", "up");
      process.kill(pid, "SIGKILL");
      return (await side.untilState("web", "up", pid)) !== pid;
    },
  },
  {
    title: "9, 10 stop and start",
    see: async (side) => {
      await side.load(pill());
      const pid = await side.untilState("web", "up");
      const stopped = await side.run("stop", "web");
      await untilGone([pid]);
      await side.untilState("web", "unmonitored");
      const isLeft = await side.exists("base/pids/a/web.pid");
      const started = await side.run("a", "start", "web");
      await side.untilState("web", "up", pid);
      const { stdout } = await side.run("status", "web");
      return [stopped, isLeft, started, stdout.map((line) => line.replace(/at .* -/, "at TIME -"))];
    },
  },
  {
    title: "11 start of what runs unmonitored",
    see: async (side) => {
      await side.load(pill());
      const pid = await side.untilState("web", "up");
      await side.run("unmonitor", "web");
      await side.run("start", "web");
      const { web } = await side.states();
      return [web?.state, web?.pid === pid];
    },
    better: {
      why: "There was no way to look after it again but to load the pill anew",
      bluepill: ["unmonitored", true],
      ours: ["up", true],
    },
  },
  {
    title: "12 restart of what is unmonitored",
    see: async (side) => {
      await side.load(pill());
      const pid = await side.untilState("web", "up");
      await side.run("unmonitor", "web");
      await side.run("restart", "web");
      await untilGone([pid]);
      const { web } = await side.states();
      return [web?.state === "unmonitored", web?.pid === pid];
    },
    better: {
      why: "What was started is looked after, and its number is told",
      bluepill: [true, true],
      ours: [false, false],
    },
  },
  {
    title: "14, 15 quit leaves processes, load finds them",
    see: async (side) => {
      await side.load(pill());
      const pid = await side.untilState("web", "up");
      const went = await side.run("quit");
      await until(
        async () => !(await side.exists("base/socks/a.sock")),
        20_000,
        () => "no end",
      );
      const lives = await isAlive(pid);
      await side.load(pill());
      return [went, lives, (await side.untilState("web", "up")) === pid];
    },
  },
  {
    title: "16 a second load replaces the daemon, not the process, and starts what was stopped",
    see: async (side) => {
      await side.load(GROUPS);
      const pid = await side.untilState("w0", "up");
      await side.untilState("w1", "up");
      await side.run("stop", "w1");
      await side.untilState("w1", "unmonitored");
      const went = await side.load(GROUPS);
      await side.untilState("w1", "up");
      return [went, (await side.untilState("w0", "up")) === pid];
    },
  },
  {
    title: "17 what is no longer in the pill goes on",
    see: async (side) => {
      await side.load(GROUPS);
      const pid = await side.untilState("w0", "up");
      await side.load(pill("", "/bin/sleep 1000", "alone"));
      await side.untilState("alone", "up");
      return [await isAlive(pid), Object.keys(await side.states())];
    },
  },
  {
    title: "18 two applications",
    see: async (side) => {
      await side.load(pill());
      await side.run("load", await side.pill(pill().replace('"a"', '"b"'), "b.pill"));
      await side.untilLoaded("b");
      const { code, stderr } = await side.run("status");
      return [code, stderr.slice(0, 4), (await side.run("b", "status")).code];
    },
  },
  {
    title: "20 commands and applications that there are not",
    see: async (side) => {
      await side.load(pill());
      return [await side.run("a", "frob"), await side.run("notloaded", "status")];
    },
  },
  {
    title: "21, 22 targets",
    see: async (side) => {
      await side.load(GROUPS);
      for (const name of ["w0", "w1", "alone"]) await side.untilState(name, "up");
      const seen = [
        await side.run("status", "g"),
        await side.run("start", "nope"),
        await side.run("status", "nope"),
        await side.run("status", "zzz:b"),
        await side.run("stop", "g:w0"),
      ];
      await side.untilState("w0", "unmonitored");
      return [...seen, await side.run("stop", "g")];
    },
  },
  {
    title: "23 a target that is none",
    see: async (side) => {
      await side.load(pill());
      const { code, stderr } = await side.run("status", "a:b:c");
      return [code, stderr[0]];
    },
  },
  refused(
    "the same process twice",
    pill().replace(/(.*do \|p\|)/, "app.process('web') { |p| p.start_command = 'x' }\n$1"),
  ),
  refused("no start_command", pill().replace(/p.start_command.*/, "")),
  refused(
    "the same pid file twice",
    `Bluepill.application("a", log_file: "FOLDER/a.log") do |app|
    %w[x y].each { |n| app.process(n) { |p| p.start_command = "x"; p.pid_file = "/tmp/same.pid" } }
  end`,
  ),
  refused("stop_signals with a string", pill("p.stop_signals = ['quit']")),
  refused("stop_signals with a bad delay", pill("p.stop_signals = [:quit, '1.5', :kill]")),
  refused("stop_signals of an even length", pill("p.stop_signals = [:quit, 1]")),
  refused("stop_signals longer than the grace time", pill("p.stop_signals = [:quit, 5, :kill]")),
  {
    title: "24 a pill that is refused leaves the daemon alone",
    see: async (side) => {
      await side.load(pill());
      const pid = await side.untilState("web", "up");
      const { code } = await side.run("load", await side.pill(pill("p.stop_signals = []")));
      return [code, (await side.untilState("web", "up")) === pid];
    },
  },
  {
    title: "25 an attribute that there is not",
    see: async (side) => {
      const { code, stderr } = await side.run("load", await side.pill(pill("p.deamonize = true")));
      return [code, /daemonize/.test(stderr.join("\n"))];
    },
    better: {
      why: "A typo was accepted silently, and the process never came up",
      bluepill: [0, false],
      ours: [6, true],
    },
  },
  {
    title: "28 the words of a stop command",
    see: async (side) => {
      const script = '#!/bin/sh\nfor word; do echo "$word"; done >FOLDER/words; kill $2\n';
      await chmod(await side.pill(script, "stop.sh"), 0o755);
      await side.load(
        pill("p.stop_command = %q(FOLDER/stop.sh stop {{PID}} %{{PID}} $HOME 'a b')"),
      );
      const pid = await side.untilState("web", "up");
      await side.run("stop");
      await untilGone([pid]);
      return (await side.file("words"))?.replaceAll(String(pid), "PID").split("\n");
    },
  },
  {
    title: "32 environment, folder, session",
    see: async (side) => {
      const text = `Bluepill.application("a", log_file: "FOLDER/a.log") do |app|
  app.environment = { "FOO" => "app", "BAR" => "app" }
  app.working_dir = "FOLDER"
  app.process("web") do |p|
    p.start_command = "/bin/sh -c 'echo $FOO $BAR $PWD; pwd; exec sleep 1000'"
    p.daemonize = true
    p.environment = { "FOO" => "process" }
    p.stdout = "FOLDER/out"
    p.start_grace_time = 1
  end
end
`;
      await side.load(text);
      const pid = await side.untilState("web", "up");
      const status = await readFile(`/proc/${pid}/status`, "latin1");
      const out = (await side.file("out"))?.replaceAll(side.folder, "FOLDER");
      return [out, /^SigIgn:\t0*1$/m.test(status)];
    },
  },
  {
    title: "44 HUP and the log",
    see: async (side) => {
      await side.load(pill());
      await side.untilState("web", "up");
      await rename(join(side.folder, "a.log"), join(side.folder, "a.log.1"));
      process.kill(Number(await side.file("base/pids/a.pid")), "SIGHUP");
      await side.run("restart", "web");
      return await side.exists("a.log");
    },
    better: { why: "Logs can be rotated", bluepill: false, ours: true },
  },
];

hold(CHECKS);

test("a link that is called like an application means it", async (t) => {
  const ours = await ourSide(t);
  await ours.load(pill());
  await ours.untilState("web", "up");
  await symlink(resolve(import.meta.dirname, "../../bin/bluepill.mjs"), join(ours.folder, "a"));
  const command = startCommand(t, join(ours.folder, "a"), ["status", "--no-privileged"], {
    env: { BLUEPILL_BASE_DIR: ours.base },
  });
  assert.equal((await command.exited).code, 0);
  assert.match(command.stdout(), /^web\(pid:\d+\): up$/m);
});

test("the event history has the minutes", async (t) => {
  const ours = await ourSide(t);
  await ours.load(pill());
  await ours.untilState("web", "up");
  const beforeMs = Date.now();
  await ours.run("unmonitor", "web");
  const { stdout } = await ours.run("status", "web");
  const [, month, day, year, time] =
    /unmonitor at (\d+)\/(\d+)\/(\d+) (\S+) - user/.exec(stdout.join("\n")) ?? [];
  const toldMs = new Date(`${year}-${month}-${day}T${time}`).getTime();
  // Seconds have no fractions there.
  assert.ok(toldMs >= beforeMs - 1_000 && toldMs <= Date.now(), stdout.join("\n"));
});
