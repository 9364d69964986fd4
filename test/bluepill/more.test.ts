import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { descendants, until } from "../harness/processes.ts";
import { appFolder, startCommand } from "../harness/server.ts";
import { ourSide, type Side } from "./side.ts";

/** A pill with what a test says of the application, and processes, each with what it says of it. */
function pill(
  processes: Readonly<Record<string, string>>,
  { options = "", app = "" }: { readonly options?: string; readonly app?: string } = {},
): string {
  const blocks = Object.entries(processes).map(
    ([name, more]) => `  app.process("${name}") do |process|
    process.start_command = "/bin/sleep 1000"
    process.daemonize = true
    process.start_grace_time = 0.5
    ${more}
  end`,
  );
  return `Bluepill.application("a", log_file: "FOLDER/a.log"${options}) do |app|
  ${app}
${blocks.join("\n")}
end
`;
}

/** A check, whose line in the pill is part of what is said of it. */
const CHECKED = "process.checks :running_time, every: 5, below: 1.day";

const PAGE = readFileSync(resolve(import.meta.dirname, "../../docs/PILL.md"), "utf8");
const keysOf = (one: object): readonly string[] => Object.keys(one).sort();

async function loaded(t: TestContext, text: string): Promise<Side> {
  const side = await ourSide(t);
  assert.equal((await side.load(text)).code, 0);
  return side;
}

describe("more than bluepill", { concurrency: true }, () => {
  test("status --json is one document, load --dry-run shows what would change and changes nothing", async (t) => {
    const side = await loaded(t, pill({ web: "process.group = 'front'", old: "", same: "" }));
    for (const name of ["web", "old", "same"]) await side.untilState(name, "up");
    const before = await side.states();
    const document = JSON.parse((await side.run("status", "--json")).stdout.join("\n"));
    assert.equal(document.application, "a");
    assert.deepEqual(
      document.groups.map((group: { group: string | null; processes: { name: string }[] }) => [
        group.group,
        group.processes.map(({ name }) => name),
      ]),
      [
        ["front", ["web"]],
        [null, ["old", "same"]],
      ],
    );
    const [web] = document.groups[0].processes;
    assert.deepEqual([web.state, web.pid, web.children], ["up", before["web"]?.pid, []]);
    assert.deepEqual(
      JSON.parse((await side.run("status", "same", "--json")).stdout[0] ?? "").groups[1].processes
        .length,
      1,
    );

    const other = await side.pill(
      pill({
        web: "process.group = 'front'; process.umask = 022; process.stop_grace_time = 9",
        same: "",
        fresh: "",
      }),
      "b.pill",
    );
    const daemon = await side.file("base/pids/a.pid");
    const went = await side.run("load", other, "--dry-run");
    assert.deepEqual(went, {
      code: 0,
      stdout: [
        "a (loaded):",
        "  + :fresh is looked after from now on",
        "  - :old goes on, and nobody looks after it",
        "  ~ front:web: stopGraceMs, umask",
      ],
      stderr: [""],
    });
    assert.deepEqual([await side.file("base/pids/a.pid"), await side.states()], [daemon, before]);
    const nothing = await side.run("load", "app.pill", "--dry-run");
    assert.deepEqual(nothing.stdout, ["a (loaded):", "  nothing changes"]);
    const moved = `# A line more, and nothing else.\n${pill({ web: "process.group = 'front'", old: "", same: CHECKED })}`;
    await side.load(pill({ web: "process.group = 'front'", old: "", same: CHECKED }));
    const same = await side.run("load", await side.pill(moved, "c.pill"), "--dry-run");
    assert.deepEqual(same.stdout, ["a (loaded):", "  nothing changes"]);
    const told = moved.replace("do |app|", "do |app|\n  app.notify on: :down, command: 'true'");
    const notified = await side.run("load", await side.pill(told, "c.pill"), "--dry-run");
    assert.deepEqual(notified.stdout, ["a (loaded):", "  ~ the application: notifications"]);
    await side.run("load", other);
    assert.equal((await side.untilState("fresh", "up")) > 0, true);
  });

  test("nobody else gives orders, whatever the umask of who loads the pill", async (t) => {
    const side = await ourSide(t);
    const path = await side.pill(pill({ web: "" }));
    const script = `umask 0; exec bluepill load ${path} --no-privileged`;
    const load = startCommand(t, "sh", ["-c", script], { env: { BLUEPILL_BASE_DIR: side.base } });
    assert.equal((await load.exited).code, 0);
    const modes = ["socks/a.sock", "pids/a.pid", "journals", "pids"].map(
      (name) => statSync(join(side.base, name)).mode & 0o022,
    );
    assert.deepEqual(modes, [0, 0, 0, 0]);
  });

  test("watch shows the status whenever it changes, until it is interrupted", async (t) => {
    const side = await loaded(t, pill({ web: "" }));
    const pid = await side.untilState("web", "up");
    const watch = side.start("watch");
    await watch.waitForLine(new RegExp(`^web\\(pid:${pid}\\): up$`, "m"));
    process.kill(pid, "SIGKILL");
    await watch.waitForLine(new RegExp(`^web\\(pid:(?!${pid}\\))\\d+\\): up$`, "m"));
    watch.signal("SIGINT");
    assert.equal((await watch.exited).code, 0);
    const shown = watch.stdout().split("\n\n");
    assert.equal(new Set(shown).size, shown.length, "what has not changed is not shown again");
  });

  test("watch is a table over itself on a terminal", async (t) => {
    const side = await loaded(t, pill({ web: "" }));
    const pid = await side.untilState("web", "up");
    const terminal =
      "PTY.spawn(*ARGV) { |out, *| begin; loop { $stdout.write(out.readpartial(4096)); $stdout.flush }; rescue EOFError, Errno::EIO; end }";
    const words = ["bluepill", "watch", "--no-privileged"];
    const watch = startCommand(t, "ruby", ["-rpty", "-e", terminal, ...words], {
      env: { BLUEPILL_BASE_DIR: side.base },
    });
    const row = `web +${pid}  up +(\\d+m )?\\d+s +\\d+ MB +\\d+\\.\\d%`;
    await watch.waitForLine(new RegExp(`\\x1b\\[H\\x1b\\[2JPROCESS +PID  STATE[^\\x1b]*${row}`));
  });

  test("log shows one process's lines with what belongs to them, across rotations, until the daemon quits", async (t) => {
    const options = ", log_rotate: { size: 4_000, keep: 3 }";
    const side = await loaded(
      t,
      pill(
        {
          web: "process.group = 'front'",
          other: "process.pre_start_command = '/bin/sh -c \"echo nothing; exit 3\"'",
        },
        { options },
      ),
    );
    const [web, other] = [await side.untilState("web", "up"), await side.untilState("other", "up")];
    const ours = side.start("log", "front:web", "-f");
    const theirs = side.start("log", "other");
    await ours.waitForLine(/^Tailing log for front:web\.\.\.$/m);
    await ours.waitForLine(/\[a:front:web\] Going from starting => up$/m);
    process.kill(other, "SIGKILL");
    await theirs.waitForLine(new RegExp(`\\[a:other\\] Process ${other} ended`));
    const isMoved = (): Promise<boolean> => side.exists("a.log.1");
    for (let rounds = 0; rounds < 20 && !(await isMoved()); rounds++)
      await side.run("restart", "front");
    assert.ok(await isMoved());
    await side.untilState("web", "up", web);
    await side.run("unmonitor", "web");
    await ours.waitForLine(/\[a:front:web\] Going from up => unmonitored$/m);
    await theirs.waitForLine(/ERROR -- : \[a:other\] Pre start command .*\nnothing$/m);
    theirs.signal("SIGINT");
    assert.equal((await theirs.exited).code, 0);
    assert.doesNotMatch(theirs.stdout(), /front/);
    await side.run("quit");
    assert.equal((await ours.exited).code, 0);
    assert.doesNotMatch(ours.stdout(), /other|nothing/);
    assert.equal(ours.stderr(), "");
    const records = ours.stdout().match(/^I, \[[^\]]+\].*$/gm) ?? [];
    assert.equal(new Set(records).size, records.length, "no line comes twice");
  });

  test("log says which file it looks for in vain", async (t) => {
    const side = await loaded(t, pill({ web: "" }).replace(/, log_file: "[^"]+"/, ""));
    const went = await side.run("log", "-l", "/nowhere/a.log");
    const message =
      "The log /nowhere/a.log is not there. Name the one that is meant: bluepill log -l FILE";
    assert.deepEqual([went.code, went.stderr], [1, [message]]);
  });

  test("notify tells a command and a web hook of the states that they are for, and the log when it cannot", async (t) => {
    const bodies: unknown[] = [];
    const hook = createServer((request, response) => {
      request.setEncoding("utf8").on("data", (text) => bodies.push(JSON.parse(text)));
      request.on("end", () => response.writeHead(bodies.length === 1 ? 204 : 500).end());
    });
    hook.listen(0, "127.0.0.1");
    await once(hook, "listening");
    t.after(() => hook.close().closeAllConnections());
    const { port } = hook.address() as AddressInfo;
    const variables = ["APP", "GROUP", "PROCESS", "FROM", "TO", "PID"].map(
      (name) => `$BLUEPILL_${name}`,
    );
    const app = `app.notify on: %i[down up], command: ["/bin/sh", "-c", "echo ${variables.join(" ")} >>FOLDER/told"]
  app.notify on: :down, webhook: "http://127.0.0.1:${port}/hook"`;
    const side = await loaded(t, pill({ web: "process.group = 'front'" }, { app }));
    const pid = await side.untilState("web", "up");
    process.kill(pid, "SIGKILL");
    const next = await side.untilState("web", "up", pid);
    const told = async () => (await side.file("told"))?.trim().split("\n") ?? [];
    await until(
      async () => (await told()).length === 3,
      20_000,
      async () => JSON.stringify(await told()),
    );
    const lines = [
      `a front web starting up ${pid}`,
      "a front web up down",
      `a front web starting up ${next}`,
    ];
    assert.deepEqual((await told()).sort(), lines.sort());
    const change = { app: "a", group: "front", process: "web", from: "up", to: "down" };
    assert.deepEqual(bodies, [change]);
    for (const variable of variables)
      assert.ok(PAGE.includes(`\`${variable.slice(1)}\``), variable);
    assert.ok(PAGE.includes(`${JSON.stringify({ ...change, app: "shop" })}\n`));
    process.kill(next, "SIGKILL");
    await until(
      async () => (await side.file("a.log"))?.includes(`127.0.0.1:${port} answers 500`) === true,
      20_000,
      () => "nothing was said of the hook that fails",
    );
  });

  test("a trigger of the pill's own is told of a child, and may keep something from happening to it", async (t) => {
    const trigger = `class Guard < Bluepill::Trigger
  def notify(transition)
    return if transition.loopback?
    logger.info "#{process.actual_pid} #{transition.event}: #{transition.from} to #{transition.to}"
    throw :halt
  end
end
`;
    const more = `process.start_command = "/bin/sh -c 'sleep 1000 & wait'"
    process.monitor_children do |child|
      child.stop_command = "kill {{PID}}"
      child.checks :running_time, every: 0.5, below: 0.1, fires: :stop
      child.checks :guard
    end`;
    const side = await loaded(t, trigger + pill({ web: more }));
    const pid = await side.untilState("web", "up");
    const [child] = await descendants(pid);
    await until(
      async () =>
        new RegExp(`<child\\(pid:${child}\\)>\\] ${child} stop: up to stopping`).test(
          (await side.file("a.log")) ?? "",
        ),
      20_000,
      async () => (await side.file("a.log")) ?? "",
    );
    assert.deepEqual(await descendants(pid), [child]);
  });

  const hasBinary = spawnSync("systemd-notify", ["--version"]).status === 0;
  test("gossamer serve says that it is ready, where it listens, and that it is well", {
    skip: !hasBinary && "no systemd-notify here",
  }, async (t) => {
    const folder = await appFolder(t, 'run ->(_) { [200, {}, ["hello"]] }');

    const side = await loaded(
      t,
      pill({
        web: `process.start_command = "gossamer serve ${folder} -p 0"
    process.start_grace_time = 60
    process.notify_ready = true
    process.watchdog_time = 4
    process.stdout = "FOLDER/web.log"`,
      }),
    );
    const pid = await side.untilState("web", "up");
    const { groups } = JSON.parse((await side.run("status", "--json")).stdout[0] ?? "");
    const { said } = groups[0].processes[0];
    assert.equal(said.phase, "ready");
    const [, shown = ""] = /```json\n(\{\n[\s\S]*?)```/.exec(PAGE) ?? [];
    const [group] = JSON.parse(shown).groups;
    assert.deepEqual(keysOf(group), keysOf(groups[0]));
    assert.deepEqual(keysOf(group.processes[0]), keysOf(groups[0].processes[0]));
    assert.deepEqual(keysOf(group.processes[0].said), keysOf(said));
    assert.match(
      said.status,
      /^Listening on http:\/\/127\.0\.0\.1:\d+$|^Listening on 127\.0\.0\.1:\d+$/,
    );
    const beats = async () =>
      ((await side.file("a.log")) ?? "").match(/says: WATCHDOG=1/g)?.length ?? 0;
    await until(
      async () => (await beats()) >= 3,
      30_000,
      async () => (await side.file("a.log")) ?? "",
    );
    assert.equal((await side.states())["web"]?.pid, pid, "it was not restarted");
  });
});
