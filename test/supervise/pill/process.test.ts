import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import type { ProcessDescription } from "../../../src/supervise/index.ts";
import { application, around, only, Pill, processOf, started } from "./harness.ts";

test("evaluatePill() gives a process that says nothing what bluepill gives it", async (t) => {
  const pill = await Pill.write(t, around('p.start_command = "sleep 9"'));
  const app = only((await pill.evaluate()).apps);
  assert.deepEqual(app, {
    name: "app",
    baseDir: join(pill.folder, "base"),
    foreground: false,
    killTimeoutMs: 5_000,
    place: { file: pill.path, line: 1 },
    notifications: [],
    processes: [
      {
        name: "web",
        place: { file: pill.path, line: 2 },
        startCommand: ["sleep", "9"],
        daemonize: false,
        pidFile: join(pill.folder, "base/pids/app/web.pid"),
        cacheActualPid: true,
        environment: {},
        supplementaryGroups: [],
        autoStart: true,
        onStartTimeout: "start",
        besideOthers: { start: true, stop: true, restart: true, unmonitor: true },
        dependsOn: [],
        notifyReady: false,
        startGraceMs: 3_000,
        stopGraceMs: 3_000,
        restartGraceMs: 3_000,
        checks: [],
        triggers: [],
      },
    ],
  });
});

test("evaluatePill() knows every attribute of a process", async (t) => {
  const pill = await Pill.write(
    t,
    `
require "pathname"
rotate = { size: 1.megabyte, "keep" => 3 }
Bluepill.application(:shop, "log_file" => "log/bluepill.log", log_rotate: rotate, base_dir: Pathname("/var/base"), foreground: true, kill_timeout: 3) do |app|
  app.notify on: [:down, "unmonitored"], command: "mail -s 'it is down' ops"
  app.notify on: :up, webhook: "https://example.org/hook"
  app.process(:db) { |db| db.start_command = "sleep 1" }
  app.process("web") do |p|
    p.start_command = "serve"
    p.pre_start_command = "prepare it"
    p.stop_command = "kill -QUIT {{PID}}"
    p.restart_command = "kill -USR2 {{PID}}"
    p.daemonize = true
    p.pid_file = "tmp/web.pid"
    p.pid_command = "pgrep web | head -1"
    p.cache_actual_pid = false
    p.working_dir = "/srv"
    p.environment = { :PORT => 3000, "EMPTY" => nil }
    p.stdin = "in"
    p.stdout = p.stderr = "log/web.log"
    p.uid = Process.euid
    p.gid = Etc.getgrgid(Process.egid).name
    p.supplementary_groups = [Process.egid]
    p.umask = "027"
    p.group = :front
    p.start_grace_time = 0.5
    p.stop_grace_time = 45.seconds
    p.restart_grace_time = 2.minutes
    p.auto_start = false
    p.on_start_timeout = "unmonitor"
    p.group_start_noblock = false
    p.group_unmonitor_noblock = nil
    p.depends_on :db
    p.backoff first: 2, ceiling: 1.minute
    p.notify_ready!
    p.watchdog_time 1.5
    p.log_rotate!
    p.term_command = "ignored"
  end
end`,
  );
  const { apps, warnings } = await pill.evaluate();
  const { processes, ...app } = only(apps);
  assert.deepEqual(app, {
    name: "shop",
    logFile: join(pill.folder, "log/bluepill.log"),
    logRotate: { limitBytes: 1_048_576, keep: 3 },
    baseDir: "/var/base",
    foreground: true,
    killTimeoutMs: 1_500,
    place: { file: pill.path, line: 4 },
    notifications: [
      {
        states: ["down", "unmonitored"],
        target: { type: "command", command: ["mail", "-s", "it is down", "ops"] },
      },
      { states: ["up"], target: { type: "webhook", url: "https://example.org/hook" } },
    ],
  });
  const [db, web] = processes;
  assert.equal(db?.pidFile, "/var/base/pids/shop/db.pid");
  const { uid, gid, supplementaryGroups, place, ...rest } = web as ProcessDescription;
  assert.deepEqual(place, { file: pill.path, line: 8 });
  assert.match(uid ?? "", /^\D/);
  assert.deepEqual(supplementaryGroups, [gid]);
  assert.deepEqual(rest, {
    name: "web",
    group: "front",
    startCommand: ["serve"],
    preStartCommand: ["prepare", "it"],
    stopCommand: ["kill", "-QUIT", "{{PID}}"],
    restartCommand: ["kill", "-USR2", "{{PID}}"],
    daemonize: true,
    pidFile: "/srv/tmp/web.pid",
    pidCommand: "pgrep web | head -1",
    cacheActualPid: false,
    workingDir: "/srv",
    environment: { PORT: "3000", EMPTY: "" },
    stdin: "/srv/in",
    stdout: "/srv/log/web.log",
    stderr: "/srv/log/web.log",
    umask: 0o027,
    autoStart: false,
    onStartTimeout: "unmonitor",
    besideOthers: { start: false, stop: true, restart: true, unmonitor: true },
    dependsOn: ["db"],
    backoff: { firstMs: 2_000, ceilingMs: 60_000, forgiveAfterMs: 60_000 },
    notifyReady: true,
    watchdogMs: 1_500,
    logRotate: { limitBytes: 10_485_760, keep: 5 },
    startGraceMs: 500,
    stopGraceMs: 45_000,
    restartGraceMs: 120_000,
    checks: [],
    triggers: [],
  });
  assert.deepEqual(
    warnings.map(({ message }) => message),
    ["term_command of 'web' has no effect."],
  );
});

test("evaluatePill() takes attributes in every style, with and without a receiver", async (t) => {
  const { processes } = await application(
    t,
    `
outer = "sleep 1"
def command_for(name)
  "serve #{name}"
end
def description; "a method of the pill's own"; end
Bluepill.application("app") do
  process("bare") do
    start_command command_for(name)
    daemonize!
    group "g"
    environment "A" => 1, "B" => description
    stdout stderr "/dev/null"
    pid_file "#{pid_file}.old"
  end
  process(:given) do |p|
    raise "self is not the process" unless equal?(p)
    p.start_command outer
    p.uid = p.gid = nil
    start_grace_time 1
  end
end`,
  );
  const [bare, given] = processes as [ProcessDescription, ProcessDescription];
  assert.deepEqual(bare.startCommand, ["serve", "bare"]);
  assert.deepEqual([bare.daemonize, bare.group], [true, "g"]);
  assert.deepEqual(bare.environment, { A: "1", B: "a method of the pill's own" });
  assert.deepEqual([bare.stdout, bare.stderr], ["/dev/null", "/dev/null"]);
  assert.match(bare.pidFile, /bare\.pid\.old$/);
  assert.deepEqual(
    [given.name, given.startCommand, given.uid],
    ["given", ["sleep", "1"], undefined],
  );
  assert.equal(given.startGraceMs, 1_000);
});

test("evaluatePill() gives what an application says to the processes after it", async (t) => {
  const { processes } = await application(
    t,
    `Bluepill.application("app") do |app|
  app.process("early") { |p| p.start_command = "x" }
  app.working_dir = "/tmp"
  app.environment = { "A" => 1, "B" => 2 }
  app.auto_start = false
  app.log_rotate = { keep: 1 }
  app.process("late") { |p| p.start_command = "x"; p.working_dir "#{p.working_dir}/deeper" }
  app.process("own") { |p| p.start_command = "x"; p.environment = { "C" => 3 }; p.auto_start = true }
end`,
  );
  const seen = processes.map((one) => [one.workingDir, one.environment, one.autoStart]);
  assert.deepEqual(seen, [
    [undefined, {}, true],
    ["/tmp/deeper", { A: "1", B: "2" }, false],
    ["/tmp", { C: "3" }, true],
  ]);
  assert.deepEqual(
    processes.map(({ logRotate }) => logRotate?.keep),
    [undefined, 1, 1],
  );
});

test("evaluatePill() makes a pid file's name of the process's, without its group", async (t) => {
  const { processes } = await application(
    t,
    'Bluepill.application("app") { process("a:b c/ü") { start_command "x"; group "g" } }',
  );
  assert.match(only(processes).pidFile, /\/base\/pids\/app\/a_b_c__\.pid$/);
});

test("evaluatePill() finds the base folder as bluepill does", async (t) => {
  const pill = await Pill.write(t, started(""));
  const base = async (request: object): Promise<string> =>
    only((await pill.evaluate(request)).apps).baseDir;
  assert.equal(await base({ baseDir: "/from/option" }), "/from/option");
  const { BLUEPILL_BASE_DIR: _, ...env } = process.env;
  const own = process.geteuid?.() === 0 ? "/var/run/bluepill" : "/home/me/.bluepill";
  assert.equal(await base({ env: { ...env, HOME: "/home/me" } }), own);
});

test("evaluatePill() takes several applications in one pill", async (t) => {
  const pill = await Pill.write(
    t,
    `2.times { |n| Bluepill.application("app#{n}") { process("web") { start_command "serve #{n}" } } }`,
  );
  const { apps } = await pill.evaluate();
  assert.deepEqual(
    apps.map(({ name, processes }) => [name, only(processes).startCommand]),
    [
      ["app0", ["serve", "0"]],
      ["app1", ["serve", "1"]],
    ],
  );
});

const SIGNALS: readonly (readonly [string, number, readonly (readonly [string, number])[]])[] = [
  [
    "[:quit, 30.seconds, :term, 5, :KILL]",
    45,
    [
      ["QUIT", 30_000],
      ["TERM", 5_000],
      ["KILL", 10_000],
    ],
  ],
  ["[:sigterm]", 1, [["TERM", 1_000]]],
];

for (const [written, grace, steps] of SIGNALS) {
  test(`evaluatePill() reads stop_signals ${written}`, async (t) => {
    const { stopSignals } = await processOf(
      t,
      `p.start_command "x"; p.stop_signals = ${written}; p.stop_grace_time ${grace}`,
    );
    assert.deepEqual(
      stopSignals?.map(({ signal, graceMs }) => [signal, graceMs]),
      steps,
    );
  });
}

test("evaluatePill() reads the block for children when the pill is loaded", async (t) => {
  const { children } = await processOf(
    t,
    `p.start_command "x"
p.start_grace_time = 7
p.stop_signals = [:term, 9]; p.stop_signals = [:term]
p.stop_grace_time = 8
p.monitor_children do
  stop_command "kill -QUIT {{PID}}"
  restart_grace_time 1
  stop_signals [:quit, 30, :kill]
  checks :mem_usage, every: 10, below: 1.megabyte, fires: [:stop, :term, :kill]
  checks :flapping, times: 2
end`,
  );
  assert.deepEqual(children, {
    stopCommand: ["kill", "-QUIT", "{{PID}}"],
    stopSignals: [
      { signal: "QUIT", graceMs: 30_000 },
      { signal: "KILL", graceMs: 1_000 },
    ],
    startGraceMs: 7_000,
    stopGraceMs: 8_000,
    restartGraceMs: 1_000,
    checks: [
      {
        name: "mem_usage",
        place: children?.checks[0]?.place,
        everyMs: 10_000,
        times: [1, 1],
        fires: ["stop"],
        kind: { type: "mem_usage", belowBytes: 1_048_576, includeChildren: false },
      },
    ],
    flapping: { times: 2, withinMs: 1_000, retryInMs: 5_000 },
    triggers: [],
  });
  assert.equal(children?.checks[0]?.place.line, 11);
});
