import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmod, mkdtemp, readdir, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { startCommand } from "../harness/server.ts";

const USER = userInfo().username;
/** What every format has to leave alone. */
const AWKWARD = `a "b" 'c' \\d $HOME #{1} %h \`x\` é`;
const COMMAND = `./show "$PORT" '$PORT' "%h #{1}" "it's" \\\\ é`;

interface Went {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder with blanks and a percent sign in its name, and a Procfile. */
async function folderWith(
  t: TestContext,
  files: Readonly<Record<string, string>>,
): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "gossamer export 100%h ")));
  t.after(() => rm(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  await writeFile(join(folder, "show"), `#!/bin/sh\nprintf '%s\\n' "$@" "$AWKWARD" "$PS" "$PWD"\n`);
  await chmod(join(folder, "show"), 0o755);
  return folder;
}

async function run(t: TestContext, folder: string, ...words: readonly string[]): Promise<Went> {
  const env = { PORT: undefined };
  const command = startCommand(t, "gossamer", ["export", ...words], { cwd: folder, env });
  const { code } = await command.exited;
  return { code, stdout: command.stdout(), stderr: command.stderr() };
}

/** What `show` prints for the awkward command on this port. */
function shown(folder: string, port: number, name: string): string {
  const lines = [String(port), "$PORT", "%h #{1}", "it's", "\\", "é", AWKWARD, name, folder];
  return `${lines.join("\n")}\n`;
}

const FILES = {
  Procfile: `web: ${COMMAND}\nworker: cd . && ${COMMAND}\n`,
  ".env": `AWKWARD=${AWKWARD}\n`,
};

/** Evaluates a pill with a real Ruby, and takes down what it says of each process. */
const READ_PILL = `
require "json"
class Taken
  def initialize; @said = {}; end
  attr_reader :said
  def method_missing(name, *values)
    values = values.first if values.size == 1
    @said[name.to_s.delete_suffix("=")] = values
  end
  def respond_to_missing?(*) = true
  def monitor_children; yield Taken.new; end
  def process(name) = (taken = Taken.new; yield taken; (@said["processes"] ||= {})[name] = taken.said)
end
class Integer; def seconds = self; end
module Bluepill
  def self.application(name, options = {}) = (app = Taken.new; yield app; puts JSON.generate(app.said.merge("name" => name, "options" => options)))
end
load ARGV[0]
`;

interface PillProcess {
  readonly start_command: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly [attribute: string]: unknown;
}

function readPill(path: string): {
  readonly name: string;
  readonly working_dir: string;
  readonly processes: Readonly<Record<string, PillProcess>>;
} {
  const { stdout, stderr } = spawnSync("ruby", ["-W0", "-e", READ_PILL, path], {
    encoding: "utf8",
  });
  assert.equal(stderr, "");
  return JSON.parse(stdout);
}

/** Runs a start command as bluepill does: split into words by Ruby, and no shell. */
function started(process: PillProcess, folder: string): string {
  const script = 'require "shellwords"; exec(*Shellwords.split(ARGV[0]))';
  return spawnSync("ruby", ["-e", script, process.start_command], {
    cwd: folder,
    env: { PATH: globalThis.process.env["PATH"], PWD: folder, ...process.environment },
    encoding: "utf8",
  }).stdout;
}

test("gossamer export bluepill writes a pill whose processes get what the Procfile says", async (t) => {
  const folder = await folderWith(t, FILES);
  const words = ["-a", "shop", "-u", USER, "-l", "made/log", "-p", "4000", "-m", "web=2,worker=1"];
  const { code, stdout, stderr } = await run(t, folder, "bluepill", ...words, "-o", "out");
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  assert.equal(stdout, "out/shop.pill\n");
  const pill = readPill(join(folder, "out/shop.pill"));
  assert.equal(pill.name, "shop");
  assert.equal(pill.working_dir, folder);
  assert.deepEqual(Object.keys(pill.processes), ["web-1", "web-2", "worker-1"]);
  for (const [name, port] of [
    ["web-1", 4_000],
    ["web-2", 4_001],
    ["worker-1", 4_100],
  ] as const) {
    const process = pill.processes[name];
    assert.ok(process);
    assert.equal(started(process, folder), shown(folder, port, name.replace("-", ".")));
    assert.equal(process["group"], `shop-${name.split("-")[0]}`);
    assert.equal(process["stdout"], join(folder, `made/log/shop-${name}.log`));
    assert.deepEqual(process["stop_signals"], ["quit", 30, "term", 5, "kill"]);
    assert.equal(process["stop_grace_time"], 45);
    assert.equal(process["daemonize"], true);
  }
  assert.deepEqual(await readdir(join(folder, "made")), ["log"]);
});

test("gossamer export bluepill calls a custom_web and its like as Cloud 66 does", async (t) => {
  const folder = await folderWith(t, {
    Procfile: [
      "web: rackup",
      "custom_web: bundle exec thin start --socket /tmp/web_server.sock --pid /tmp/web_server.pid -e $RACK_ENV -d",
      "jobs: rake jobs",
    ].join("\n"),
  });
  const words = ["-u", USER, "-l", "log", "-o", "out", "-m", "all=1,jobs=2"];
  assert.equal((await run(t, folder, "bluepill", ...words)).code, 0);
  const files = (await readdir(join(folder, "out"))).sort();
  assert.deepEqual(files, ["cloud66_web_server.pill", "user_jobs.pill"]);
  const web = readPill(join(folder, "out/cloud66_web_server.pill"));
  assert.equal(web.name, "cloud66_web_server");
  const { cloud66_web_server: server } = web.processes;
  assert.ok(server);
  assert.equal(server["pid_file"], "/tmp/web_server.pid");
  assert.equal(server["daemonize"], undefined);
  assert.deepEqual(server["stop_signals"], ["quit", 30, "term", 11, "kill"]);
  assert.equal(server.environment["RACK_ENV"], "production");
  assert.equal(server["restart_command"], "kill -HUP {{PID}}");
  const jobs = readPill(join(folder, "out/user_jobs.pill"));
  assert.deepEqual(Object.keys(jobs.processes), ["user_jobs_1", "user_jobs_2"]);
  assert.equal(jobs.processes["user_jobs_1"]?.["restart_command"], undefined);
});

for (const [command, restart] of [
  ["puma -b unix:///tmp/web_server.sock", "kill -USR2 {{PID}}"],
  ["cd . && bundle exec puma", "kill -USR2 {{PID}}"],
  ["bundle exec puma | logger", undefined],
  // It may know nothing of HUP, and would go on as it is.
  ["bundle exec webrick", undefined],
] as const) {
  test(`gossamer export bluepill has \`${command}\` restarted by ${restart ?? "a stop and a start"}`, async (t) => {
    const folder = await folderWith(t, { Procfile: `custom_web: ${command}\n` });
    assert.equal((await run(t, folder, "bluepill", "-u", USER, "-l", "log", "-o", "out")).code, 0);
    const { processes } = readPill(join(folder, "out/cloud66_web_server.pill"));
    assert.equal(processes["cloud66_web_server"]?.["restart_command"], restart);
  });
}

/** The value of a key in a unit. */
function valueIn(unit: string, key: string): string {
  return new RegExp(`^${key}=(.*)$`, "m").exec(unit)?.[1] ?? "";
}

/** Runs ExecStart as systemd would understand it: its own quoting undone, by its own rules. */
function execStarted(unit: string, folder: string): string {
  const unescaped = (text: string): string => text.replaceAll("%%", "%").replace(/\\(.)/g, "$1");
  const [, shell = "", flag = "", command = ""] =
    /^(\S+) (\S+) "(.*)"$/.exec(valueIn(unit, "ExecStart")) ?? [];
  const pairs = [...unit.matchAll(/^Environment="(.*)"$/gm)].map(([, pair = ""]) => {
    const text = unescaped(pair);
    return [text.slice(0, text.indexOf("=")), text.slice(text.indexOf("=") + 1)] as const;
  });
  assert.equal(valueIn(unit, "WorkingDirectory").replaceAll("%%", "%"), folder);
  return spawnSync(shell, [flag, unescaped(command).replaceAll("$$", "$")], {
    cwd: folder,
    env: { PATH: process.env["PATH"], PWD: folder, ...Object.fromEntries(pairs) },
    encoding: "utf8",
  }).stdout;
}

test("what a unit runs is the shell's last command, and a shell that stays is stopped with all that it runs", async (t) => {
  const lines = [
    "x a",
    "cd b && x a",
    "cd b && A=1 x",
    "cd b && exec x",
    'A=$B C="d e" x',
    "A=1 cd b",
    "(x)",
    "a && exit 3",
    "A=1",
    "a; x",
    "cd $(b && c) && x",
    "x 'a && b' && y",
  ];
  const units = await Promise.all(
    lines.map(async (line) => {
      const folder = await folderWith(t, { Procfile: `web: ${line}\n` });
      return (await run(t, folder, "systemd")).stdout;
    }),
  );
  const shown = units.map((unit) => [
    /"(.*)"$/.exec(valueIn(unit, "ExecStart"))?.[1],
    valueIn(unit, "KillMode"),
  ]);
  assert.deepEqual(shown, [
    ["exec x a", "mixed"],
    ["cd b && exec x a", "mixed"],
    ["cd b && A=1 exec x", "mixed"],
    ["cd b && exec x", "mixed"],
    ['A=$$B C=\\"d e\\" exec x', "mixed"],
    ["A=1 cd b", "control-group"],
    ["(x)", "control-group"],
    ["a && exit 3", "control-group"],
    ["A=1", "control-group"],
    ["a; x", "control-group"],
    ["cd $$(b && c) && x", "control-group"],
    ["x 'a && b' && exec y", "mixed"],
  ]);
});

const hasVerify = spawnSync("systemd-analyze", ["--version"]).status === 0;

/** systemd-analyze ends with 0 on keys that it does not know: whatever it says is a failure. */
async function verify(t: TestContext, folder: string): Promise<void> {
  if (!hasVerify) {
    t.skip("systemd-analyze is not installed: the units have not been verified");
    return;
  }
  const files = (await readdir(folder)).map((name) => join(folder, name));
  const { stderr, status } = spawnSync("systemd-analyze", ["verify", "--man=no", ...files], {
    encoding: "utf8",
  });
  assert.deepEqual({ stderr, status }, { stderr: "", status: 0 });
}

test("gossamer export systemd writes units whose processes get what the Procfile says", async (t) => {
  const folder = await folderWith(t, FILES);
  const words = ["-a", "shop", "-u", USER, "-m", "web=2,worker=1", "-t", "9", "-o", "out"];
  const { code, stderr } = await run(t, folder, "systemd", ...words);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  const names = ["shop-web.1", "shop-web.2", "shop-worker.1"];
  const target = await readFile(join(folder, "out/shop.target"), "utf8");
  assert.equal(valueIn(target, "Wants"), names.map((name) => `${name}.service`).join(" "));
  for (const [index, name] of names.entries()) {
    const unit = await readFile(join(folder, `out/${name}.service`), "utf8");
    const port = [5_000, 5_001, 5_100][index] ?? 0;
    assert.equal(execStarted(unit, folder), shown(folder, port, name.replace("shop-", "")));
    assert.equal(valueIn(unit, "TimeoutStopSec"), "9");
    assert.equal(valueIn(unit, "User"), USER);
  }
  await verify(t, join(folder, "out"));
});

test("gossamer export systemd logs to a folder that it has made, and writes it for Cloud 66", async (t) => {
  const folder = await folderWith(t, {
    Procfile:
      "custom_web: exec unicorn -D -c u.rb\njobs: rake jobs > x 2>&1\nputs: puma -p $PORT # 100%\n",
    ".env": "PATH=/opt/bin:/usr/bin:/bin\n",
  });
  const words = ["-u", USER, "-l", "my log", "-o", "out", "-m", "all=2,custom_web=1"];
  assert.equal((await run(t, folder, "systemd", ...words)).code, 0);
  const web = await readFile(join(folder, "out/cloud66_web_server.service"), "utf8");
  assert.equal(valueIn(web, "Type"), "forking");
  assert.equal(valueIn(web, "PIDFile"), "/tmp/web_server.pid");
  assert.equal(valueIn(web, "KillSignal"), "SIGQUIT");
  assert.match(valueIn(web, "ExecStartPre"), /^\+\/usr\/bin\/install -d -o \S+ ".*my log"$/);
  const jobs = await readFile(join(folder, "out/cloud66_process_jobs@2.service"), "utf8");
  assert.match(
    valueIn(jobs, "ExecStart"),
    /^\/bin\/sh -c "exec >>'.*my log\/app-jobs\.2\.log' 2>&1; exec rake jobs > x 2>&1"$/,
  );
  await verify(t, join(folder, "out"));
});

test("gossamer export prints what it is not told to write", async (t) => {
  const folder = await folderWith(t, { Procfile: "web: rackup -p $PORT\n" });
  const pill = await run(t, folder, "bluepill");
  assert.match(pill.stdout, /^# Written by `gossamer export bluepill`/);
  assert.match(pill.stdout, /start_command = "\/bin\/sh -c 'exec rackup -p \$PORT'"/);
  const units = await run(t, folder, "systemd");
  assert.match(units.stdout, /^# app\.target\n/);
  assert.match(units.stdout, /^# app-web\.1\.service\n/m);
});

for (const [words, files, message] of [
  [[], {}, /^gossamer: No format\. Say `gossamer export bluepill` or/],
  [["upstart"], {}, /^gossamer: Not a format: upstart\./],
  [["systemd", "-a", "a b"], {}, /^gossamer: The name of the app cannot be "a b"\./],
  [["systemd", "-u", "x\ny"], {}, /^gossamer: The user cannot be "x\\ny"\./],
  [["bluepill"], { ".env": 'KEY="a\\nb"\n' }, /^gossamer: KEY of web\.1 has more than one line/],
  [["systemd"], { ".env": 'KEY="a\\nb"\n' }, /^gossamer: KEY of web\.1 has more than one line/],
  [["systemd", "-o", "Procfile"], {}, /^gossamer: Cannot write to Procfile \(EEXIST\)\./],
] as const) {
  test(`gossamer export ${JSON.stringify(words)} ${JSON.stringify(files)} says in one line what is wrong`, async (t) => {
    const folder = await folderWith(t, { Procfile: "web: x\n", ...files });
    const { code, stderr, stdout } = await run(t, folder, ...words);
    assert.match(stderr, message);
    assert.equal(stderr.trimEnd().split("\n").length, 1, stderr);
    assert.deepEqual({ code, stdout }, { code: 2, stdout: "" });
  });
}
