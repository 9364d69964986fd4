import assert from "node:assert/strict";
import { rename } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { isAlive, until, untilGone } from "../harness/processes.ts";
import { application, type Check, hold, pill } from "./check.ts";
import { Side, sideOf } from "./side.ts";

/** A process as `pill` has it, in no group or in one. */
function sleeper(name: string, group?: string): string {
  return `app.process("${name}") do |p|
    p.start_command = "/bin/sleep 1000"
    p.daemonize = true
    p.start_grace_time = p.stop_grace_time = 1
    ${group === undefined ? "" : `p.group = "${group}"; p.pid_file = "FOLDER/${group}.pid"`}
  end
`;
}

const CHECKS: readonly Check[] = [
  {
    title: "load over a daemon that does not end",
    see: async (side) => {
      const text = pill().replace("log_file:", "kill_timeout: 2, log_file:");
      await side.load(text);
      const daemon = Number(await side.file("base/pids/a.pid"));
      process.kill(daemon, "SIGSTOP");
      const went = await side.run("load", await side.pill(text));
      process.kill(daemon, "SIGKILL");
      const stderr = went.stderr.filter((line) => /Previous bluepilld/.test(line));
      return [went.code, went.stdout, stderr];
    },
  },
  {
    title: "41 two applications that have a process of one name",
    see: async (side) => {
      await side.load(pill());
      const pid = await side.untilState("web", "up");
      await side.load(pill().replaceAll('"a"', '"b"').replace("a.log", "b.log"), "b");
      await side.untilState("web", "up", -1, "b");
      return await isAlive(pid);
    },
    better: { why: "They ended each other's process", bluepill: false, ours: true },
  },
  {
    title: "42 a pid file with text in it",
    see: async (side) => {
      await side.pill("not-a-pid", "web.pid");
      const daemonize = "setsid sleep 1000 </dev/null >/dev/null 2>&1 & echo $! >FOLDER/web.pid";
      await side.pill(daemonize, "start.sh");
      const more = "p.daemonize = false; p.pid_file = 'FOLDER/web.pid'";
      await side.load(pill(more, "/bin/sh FOLDER/start.sh"));
      const pid = await side.untilState("web", "up");
      await side.run("stop");
      return [pid === 0, (await side.run("status")).code];
    },
    better: {
      why: "The daemon took it for 0, and stopped itself",
      bluepill: [true, 2],
      ours: [false, 0],
    },
  },
  {
    // bluepill gives up after 301 s whatever -t says; here is only seen that it does not sooner.
    title: "43 a daemon that does not answer, with -t 1 --attempts 1",
    see: async (side) => {
      await side.load(pill());
      await side.untilState("web", "up");
      const daemon = Number(await side.file("base/pids/a.pid"));
      process.kill(daemon, "SIGSTOP");
      const command = side.start("stop", "-t", "1", "--attempts", "1");
      let code: number | undefined;
      void command.exited.then((exit) => {
        code = exit.code;
      });
      await until(
        () => code !== undefined,
        // Ours has an end, however busy the machine is.
        side.name === "ours" ? 60_000 : 6_000,
        () => "it waits",
      ).catch(() => {});
      const seen = [code, command.stderr()];
      process.kill(daemon, "SIGCONT");
      await command.exited;
      return seen;
    },
    better: {
      why: "The options do what they say",
      bluepill: [undefined, ""],
      ours: [1, "Socket Timeout: Server may not be responding\n"],
    },
  },
  {
    title: "44 in the foreground",
    see: async (side) => {
      const text = pill().replace("log_file:", "foreground: true, log_file:");
      const command = side.start("load", await side.pill(text));
      const [line] = await command.waitForLine(/^\[info\]: \[a:web\] Going from starting => up$/m);
      const pid = Number(await side.file("base/pids/a/web.pid"));
      await rename(join(side.folder, "a.log"), join(side.folder, "a.log.1"));
      command.signal("SIGHUP");
      await until(
        () => side.exists("a.log"),
        10_000,
        () => "the log is not opened anew",
      );
      command.signal("SIGINT");
      const { code } = await command.exited;
      return [line, command.stdout().includes("Terminating..."), code, await isAlive(pid)];
    },
  },
  {
    title: "45 two applications in one pill",
    see: async (side) => {
      await side.load(pill() + application(sleeper("other"), "b"));
      await side.untilState("web", "up");
      const areBoth = await side.exists("base/socks/b.sock");
      await side.run("a", "quit");
      await side.untilLoaded("b");
      return areBoth;
    },
    better: { why: "The second one waited for the end of the first", bluepill: false, ours: true },
  },
  {
    title: "47 two groups that have a process of one name",
    see: async (side) => {
      await side.load(application(sleeper("web", "one") + sleeper("web", "two")));
      const log = async (): Promise<string> => (await side.file("a.log")) ?? "";
      await until(
        async () => /\[a:two:web\] Going from starting => /.test(await log()),
        20_000,
        async () => `the second one is not started: ${await log()}`,
      );
      return /Termed old process \d/.test(await log());
    },
    better: {
      why: "A process is known by its group, too: no other is taken for an old one of its own",
      bluepill: true,
      ours: false,
    },
  },
];

hold(CHECKS);

test("load ends the gem's daemon, and takes over what it has started", async (t) => {
  const gem = await sideOf("bluepill", t);
  await gem.load(pill());
  const pid = await gem.untilState("web", "up");
  const daemon = Number(await gem.file("base/pids/a.pid"));
  const ours = new Side("ours", gem.folder, t);
  const went = await ours.load(pill());
  assert.deepEqual([went.code, went.stdout], [0, ["Killing previous bluepilld[N]"]]);
  await untilGone([daemon]);
  assert.equal(await ours.untilState("web", "up"), pid);
});
