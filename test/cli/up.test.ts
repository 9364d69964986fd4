import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { gemsAt } from "../apps/served.ts";
import { until, untilGone } from "../harness/processes.ts";
import { type Started, startCommand } from "../harness/server.ts";
import { ask } from "../server/ask.ts";
import { foremanLines } from "./foreman-lines.ts";

/** Foreman's form of a line. */
const LINE = /^\d\d:\d\d:\d\d (\S+) +\| (.*)$/;

/** A folder with a Procfile, and what else there is to be in it. */
async function folderWith(
  t: TestContext,
  files: Readonly<Record<string, string>>,
): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "gossamer-procfile-")));
  t.after(() => rm(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
}

/** `gossamer WORDS` in `folder`, whose private folders are made there too. */
function gossamer(
  t: TestContext,
  folder: string,
  words: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Started {
  const own = { TMPDIR: folder, PORT: undefined, FOLDER: folder, ...env };
  return startCommand(t, "gossamer", words, { cwd: folder, env: own });
}

/** Runs it to its end. */
async function run(
  t: TestContext,
  folder: string,
  words: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const started = gossamer(t, folder, words, env);
  const { code } = await started.exited;
  return { code, stdout: started.stdout(), stderr: started.stderr() };
}

/** What one process has said, without times. */
function said(started: { stdout(): string }, process: string): readonly string[] {
  return started
    .stdout()
    .split("\n")
    .flatMap((line) => {
      const [, name, text = ""] = LINE.exec(line) ?? [];
      return name === process ? [text] : [];
    });
}

/** Processes that know this folder by their environment, other than what runs the tests. */
async function family(folder: string): Promise<readonly number[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const known = await Promise.all(
    pids.map(async (pid) => {
      const environment = await readFile(`/proc/${pid}/environ`, "latin1").catch(() => "");
      return environment.includes(`FOLDER=${folder}\0`);
    }),
  );
  return pids.filter((_, index) => known[index]);
}

/** Nothing that ran is left: no process, no private folder. */
async function untilNothingIsLeft(folder: string): Promise<void> {
  await until(
    async () => (await family(folder)).length === 0,
    10_000,
    async () => `still there: ${await family(folder)}`,
  );
  await until(
    async () => (await readdir(folder)).every((name) => !name.startsWith("gossamer-up-")),
    20_000,
    () => "the private folder is still there",
  );
}

const CYAN = "\x1b[36m";
const FOREVER = "exec sleep 1000";

test("gossamer up runs a Procfile as foreman does, and ends with the status of the first that ends", async (t) => {
  const folder = await folderWith(t, {
    Procfile: [
      `web: echo "port $PORT ps $PS" '$PORT' "[$PORTAL]" $FROM_FILE; ${FOREVER}`,
      `worker: echo out; echo err >&2; ${FOREVER}`,
      "short: until [ -e go ]; do sleep 0.05; done; printf partial; exit 3",
    ].join("\n"),
    ".env": "FROM_FILE='from $HOME'\nPORT=7000\n",
  });
  const up = gossamer(t, folder, ["up", "-m", "web=2,all=1"]);
  await up.waitForLine(/web\.2 .*port 7001/);
  await up.waitForLine(/\| err$/m);
  await writeFile(join(folder, "go"), "");
  assert.deepEqual(await up.exited, { reason: "exit 3", code: 3 });
  const [first = "", second] = said(up, "web.1");
  assert.match(first, /^started with pid \d+$/);
  assert.equal(second, "port 7000 ps web.1 $PORT [] from $HOME");
  assert.deepEqual(said(up, "worker.1").slice(1), ["out", "err", "terminated by SIGTERM"]);
  assert.deepEqual(said(up, "short.1").slice(1), ["partial", "exited with code 3"]);
  assert.deepEqual(said(up, "system"), ["sending SIGTERM to all processes"]);
  assert.ok(
    up
      .stdout()
      .split("\n")
      .every((line) => line === "" || LINE.test(line)),
    up.stdout(),
  );
  await untilNothingIsLeft(folder);
});

test("gossamer up begins its lines as foreman does", async (t) => {
  const folder = await folderWith(t, {
    Procfile: "web: echo hello\nlonger_name: exec sleep 0.5\n",
  });
  const { stdout } = await run(t, folder, ["up", "-m", "all=1"]);
  const shape = (text: string): readonly string[] =>
    text
      .split("\n")
      .filter((line) => /started|hello/.test(line))
      .map((line) => line.replace(/\d\d:\d\d:\d\d/, "TIME").replace(/pid \d+/, "pid N"))
      .sort();
  assert.deepEqual(shape(stdout), shape(await foremanLines(t, folder)));
});

test("gossamer up stops gracefully on TERM, INT and HUP, with 0", async (t) => {
  const folder = await folderWith(t, {
    Procfile: `web: trap 'echo bye; exit 0' TERM; echo up; while :; do sleep 0.05; done\n`,
  });
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
    const up = gossamer(t, folder, ["up"]);
    await up.waitForLine(/\| up$/m);
    up.signal(signal);
    assert.deepEqual(await up.exited, { reason: "exit 0", code: 0 });
    assert.deepEqual(said(up, "system"), [
      `${signal} received, starting shutdown`,
      "sending SIGTERM to all processes",
    ]);
    // The shell says so when the sleep that it waits for gets the signal too.
    const last = said(up, "web.1").filter((text) => text !== "Terminated");
    assert.deepEqual(last.slice(2), ["bye", "exited with code 0"]);
  }
  await untilNothingIsLeft(folder);
});

test("gossamer up kills what does not hear TERM, with all that it has started, in any session", async (t) => {
  const folder = await folderWith(t, {
    Procfile: `web: trap '' TERM; setsid sh -c "trap '' TERM; echo away; while :; do sleep 0.05; done" & sleep 1000 & echo up; while :; do sleep 0.05; done\n`,
  });
  const up = gossamer(t, folder, ["up", "-t", "0.3"]);
  await up.waitForLine(/\| away$/m);
  await up.waitForLine(/\| up$/m);
  up.signal("SIGTERM");
  assert.equal((await up.exited).code, 0);
  assert.ok(said(up, "web.1").includes("still there: sending SIGKILL"));
  assert.equal((await family(folder)).length, 0);
});

test("gossamer up kills at the second Ctrl-C", async (t) => {
  const folder = await folderWith(t, {
    Procfile: "web: trap 'echo deaf' TERM; echo up; while :; do sleep 0.05; done\n",
  });
  const up = gossamer(t, folder, ["up", "-t", "1h"]);
  await up.waitForLine(/\| up$/m);
  up.signal("SIGINT");
  await up.waitForLine(/\| deaf$/m);
  // The second of one key press is none; this one is later.
  await until(
    () => {
      up.signal("SIGINT");
      return up.stdout().includes("sending SIGKILL to all processes");
    },
    10_000,
    () => up.stdout(),
  );
  assert.equal((await up.exited).code, 0);
  await untilNothingIsLeft(folder);
});

test("gossamer up leaves nothing behind when it is killed, whatever its processes have started", async (t) => {
  const folder = await folderWith(t, {
    Procfile: [
      `web: setsid sh -c 'sleep 1000' & (sleep 1000 &) ; echo up; ${FOREVER}`,
      "deaf: trap '' TERM; echo deaf; while :; do sleep 0.05; done",
    ].join("\n"),
  });
  const up = gossamer(t, folder, ["up", "-t", "0.5"]);
  await up.waitForLine(/\| up$/m);
  await up.waitForLine(/\| deaf$/m);
  assert.ok((await family(folder)).length >= 5);
  up.signal("SIGKILL");
  await up.exited;
  await untilNothingIsLeft(folder);
});

test("gossamer up ends what a process leaves behind when it ends by itself", async (t) => {
  const folder = await folderWith(t, { Procfile: "web: sleep 1000 & echo $!; exit 4\n" });
  const { code } = await run(t, folder, ["up"]);
  assert.equal(code, 4);
  assert.equal((await family(folder)).length, 0);
});

test("gossamer up restart, stop, start and status reach one process, and leave the others alone", async (t) => {
  const folder = await folderWith(t, {
    Procfile: `web: echo web $$; ${FOREVER}\nworker: echo worker $$; ${FOREVER}\n`,
  });
  const up = gossamer(t, folder, ["up", "-m", "web=2,worker=1"]);
  for (const name of ["web.1", "web.2", "worker.1"]) {
    await up.waitForLine(new RegExp(`${name} +\\| w`));
  }
  const order = (...words: string[]): ReturnType<typeof run> => run(t, folder, ["up", ...words]);
  const pids = async (): Promise<Readonly<Record<string, string>>> => {
    const { stdout } = await order("status");
    const rows = stdout.trim().split("\n").slice(1);
    return Object.fromEntries(
      rows
        .map((row) => row.split(/ +/))
        .map(([name = "", state, pid]) => [name, `${state} ${pid}`]),
    );
  };
  const before = await pids();
  assert.match(before["web.1"] ?? "", /^running \d+$/);
  assert.deepEqual(await order("restart", "web.1"), { code: 0, stdout: "", stderr: "" });
  const after = await pids();
  assert.notEqual(after["web.1"], before["web.1"]);
  assert.equal(after["web.2"], before["web.2"]);
  assert.equal(after["worker.1"], before["worker.1"]);
  assert.equal((await order("stop", "web")).code, 0);
  const stopped = await pids();
  assert.equal(stopped["web.1"], "down -");
  assert.equal(stopped["web.2"], "down -");
  assert.equal(stopped["worker.1"], before["worker.1"]);
  assert.equal((await order("start", "web.2")).code, 0);
  assert.match((await pids())["web.2"] ?? "", /^running/);
  const refused = await order("restart", "wbe");
  assert.equal(refused.code, 1);
  assert.equal(refused.stderr, "gossamer: Procfile has no wbe. It has web, worker.\n");
  await up.stop();
  const late = await order("status");
  assert.equal(late.code, 2);
  assert.match(late.stderr, /^gossamer: Nothing of \S+ runs here\. Start it with `gossamer up`/);
});

test("gossamer up -r starts again what ends, later and later; -c lets it end", async (t) => {
  const folder = await folderWith(t, {
    Procfile: `flaky: echo run >> runs; exit 1\nonce: exit 0\nweb: ${FOREVER}\n`,
  });
  const up = gossamer(t, folder, ["up", "-r", "flaky", "-c", "once"]);
  await up.waitForLine(/flaky\.1 +\| starting it again in 0\.\d s/);
  const runs = async (): Promise<number> =>
    (await readFile(join(folder, "runs"), "utf8")).trim().split("\n").length;
  await until(
    async () => (await runs()) >= 4,
    10_000,
    async () => `${await runs()} runs`,
  );
  assert.ok(said(up, "once.1").includes("exited with code 0"));
  assert.equal(said(up, "web.1").length, 1);
  assert.deepEqual(await up.stop(), { reason: "exit 0", code: 0 });
  await untilNothingIsLeft(folder);
});

test("gossamer up -c all is over when the last has ended, with the first bad status", async (t) => {
  const folder = await folderWith(t, { Procfile: "a: exit 0\nb: exit 5\nc: sleep 0.3; exit 6\n" });
  assert.equal((await run(t, folder, ["up", "-c", "all"])).code, 5);
});

test("gossamer up mixes no lines, also long and binary ones, however slowly they are read", async (t) => {
  const line = "x".repeat(200_000);
  const folder = await folderWith(t, {
    Procfile: ["a", "b", "c"].map((name) => `${name}: ruby noise.rb ${name}`).join("\n"),
    "noise.rb": `
      $stdout.binmode
      40.times do |n|
        $stdout.write("#{ARGV[0]}#{n}:#{"x" * 200_000}\\n")
        $stderr.write("#{ARGV[0]}:\\xFF\\x00\\e[1m\\r\\n".b)
      end
      $stdout.write("end of #{ARGV[0]}")
      exit 0
    `,
  });
  const up = startCommand(
    t,
    "sh",
    ["-c", `gossamer up -c all --no-timestamp | (sleep 1; cat > out); cat out | wc -c`],
    { cwd: folder, env: { TMPDIR: folder } },
  );
  await up.exited;
  const out = await readFile(join(folder, "out"));
  const lines = out.toString("latin1").split("\n");
  for (const name of ["a", "b", "c"]) {
    const own = lines.filter((one) => one.startsWith(`${name}.1    | `)).map((one) => one.slice(9));
    const expected = Array.from({ length: 40 }, (_, n) => [
      `${name}${n}:${line}`,
      `${name}:\xff\x00\x1b[1m\r`,
    ]).flat();
    assert.deepEqual(own.slice(1, -2), expected);
    assert.deepEqual(own.slice(-2), [`end of ${name}`, "exited with code 0"]);
  }
});

test("gossamer up shows colours only where they are wanted", async (t) => {
  const folder = await folderWith(t, { Procfile: "web: echo hi\n" });
  assert.ok(!(await run(t, folder, ["up"])).stdout.includes(CYAN));
  const { stdout } = await run(t, folder, ["up", "--color", "--no-timestamp"]);
  assert.ok(stdout.includes("\x1b[36mweb.1  | \x1b[0mhi\n"), stdout);
  const onTerminal = async (env: NodeJS.ProcessEnv): Promise<string> => {
    const words = ["-qec", "gossamer up", "/dev/null"];
    const script = startCommand(t, "script", words, {
      cwd: folder,
      env: { TMPDIR: folder, TERM: "xterm", ...env },
    });
    await script.exited;
    return script.stdout();
  };
  assert.ok((await onTerminal({})).includes(CYAN));
  assert.ok(!(await onTerminal({ NO_COLOR: "1" })).includes(CYAN));
});

test("gossamer up gives processes a pipe that they can open by name, as nginx does", async (t) => {
  const folder = await folderWith(t, { Procfile: "web: echo named > /dev/stdout\n" });
  assert.match((await run(t, folder, ["up"])).stdout, /\| named$/m);
});

test("gossamer up takes options from .foreman, and the Procfile of the environment", async (t) => {
  const folder = await folderWith(t, {
    Procfile: "web: echo plain\n",
    Procfile_staging: "web: echo staging $PORT\n",
    ".foreman": "port: 9000\ntimestamp: false\ntemplate: x\n",
  });
  const { stdout } = await run(t, folder, ["up", "-E", "staging"]);
  assert.match(stdout, /^web\.1 {2}\| staging 9000$/m);
  assert.match((await run(t, folder, ["up"])).stdout, /\| plain$/m);
  assert.match((await run(t, folder, ["up"], { RACK_ENV: "staging" })).stdout, /\| staging/m);
  await writeFile(join(folder, "Procfile.staging"), "web: echo other\n");
  assert.equal((await run(t, folder, ["up", "-E", "staging"])).code, 2);
});

for (const [words, files, message] of [
  [["up"], {}, /^gossamer: Procfile does not exist in \S+\. Name the Procfile with -f FILE/],
  [["up", "-f", "nix"], {}, /^gossamer: nix does not exist/],
  [["up"], { Procfile: "# none\n" }, /^gossamer: Procfile: no processes defined\./],
  [["up"], { Procfile: "a: x\na: y\n" }, /^gossamer: Procfile:2: a is there already, in line 1\./],
  [["up", "b"], { Procfile: "a: x\n" }, /^gossamer: Procfile has no b\. It has a\./],
  [["up", "-m", "a"], { Procfile: "a: x\n" }, /^gossamer: The formation "a" cannot be read/],
  [["up", "-e", "nix"], { Procfile: "a: x\n" }, /^gossamer: nix does not exist\. Name the files/],
  [["up", "-p", "x"], { Procfile: "a: x\n" }, /^gossamer: --port: expected a whole number/],
  [["up", "--timout", "1"], {}, /^gossamer: Unknown option --timout\. Did you mean --timeout\?/],
  [
    ["up"],
    { ".foreman": "timout: 1\n" },
    /^gossamer: Unknown key timout in \.foreman\. Did you mean/,
  ],
  [["up", "web"], { Procfile: "web: x\ncustom_web: y\n" }, /^gossamer: web is ignored where/],
  [["up", "status", "x"], { Procfile: "a: x\n" }, /^gossamer: `gossamer up status` shows all/],
] as const) {
  test(`gossamer ${words.join(" ")} says in one line what is wrong with ${JSON.stringify(files)}`, async (t) => {
    const folder = await folderWith(t, files);
    const { code, stderr, stdout } = await run(t, folder, words);
    assert.match(stderr, message);
    assert.equal(stderr.trimEnd().split("\n").length, 1, stderr);
    assert.deepEqual({ code, stdout }, { code: 2, stdout: "" });
  });
}

test("gossamer up follows a daemon by its pid file, shows its log, and ends it", async (t) => {
  const folder = await folderWith(t, {
    Procfile:
      "web: echo plain\ncustom_web: exec thin start --socket $FOLDER/web.sock --pid $FOLDER/w.pid -l $FOLDER/w.log -e $RACK_ENV -d\n",
    "config.ru": `run ->(env) { warn "asked"; [200, {}, ["hello from #{ENV["RACK_ENV"]}"]] }\n`,
  });
  const up = gossamer(t, folder, ["up"]);
  const [, pid = ""] = await up.waitForLine(
    /custom_web\.1 +\| runs in the background as pid (\d+)/,
  );
  assert.deepEqual(said(up, "system"), ["web is ignored: custom_web is the web server"]);
  await up.waitForLine(/custom_web\.1 +\| .*Listening on/);
  const where = { port: 0, socketPath: join(folder, "web.sock") };
  assert.equal((await ask(where, "/")).text, "hello from development");
  await up.waitForLine(/custom_web\.1 +\| asked/);
  const status = await run(t, folder, ["up", "status"]);
  assert.match(status.stdout, new RegExp(`^custom_web\\.1 +following +${pid} `, "m"));
  assert.equal((await run(t, folder, ["up", "restart", "custom_web"])).code, 0);
  await until(
    async () => (await readFile(join(folder, "w.pid"), "utf8").catch(() => pid)) !== pid,
    20_000,
    () => up.stdout(),
  );
  await untilGone([Number(pid)]);
  const [, next = ""] = await up.waitForLine(new RegExp(`background as pid (?!${pid}\\b)(\\d+)`));
  assert.equal((await ask(where, "/")).status, 200);
  up.signal("SIGTERM");
  assert.equal((await up.exited).code, 0);
  await untilGone([Number(next)]);
  assert.equal(existsSync(join(folder, "w.pid")), false);
  await untilNothingIsLeft(folder);
});

test("gossamer up ends with a daemon that is killed, and takes no stranger's pid for it", async (t) => {
  const folder = await folderWith(t, {
    Procfile: `web: [ -e stale ] || (setsid sleep 1000 & echo $! > d.pid); : --pid d.pid -d\nother: ${FOREVER}\n`,
  });
  const up = gossamer(t, folder, ["up"]);
  const [, pid = ""] = await up.waitForLine(/runs in the background as pid (\d+)/);
  process.kill(Number(pid), "SIGKILL");
  assert.equal((await up.exited).code, 1);
  assert.ok(said(up, "web.1").includes("gone, and has left its pid file"));
  // A process that is older than the command cannot be its daemon.
  await writeFile(join(folder, "d.pid"), String(process.pid));
  await writeFile(join(folder, "stale"), "");
  await writeFile(join(folder, "Procfile"), "web: : --pid d.pid\n");
  const stale = await run(t, folder, ["up"]);
  assert.equal(stale.code, 0);
  assert.doesNotMatch(stale.stdout, /background/);
});

/** The gem's own command, whatever else is called thin on PATH. */
const GEM_THIN = `bundle exec ruby -e 'load($0 = Gem.bin_path("thin", "thin"))' --`;

for (const end of ["SIGTERM", "SIGKILL"] as const) {
  test(`gossamer up ends the real Thin that it follows, also on ${end}`, async (t) => {
    const folder = await folderWith(t, {
      Procfile: `web: ${GEM_THIN} start -S $FOLDER/web.sock -P $FOLDER/w.pid -l $FOLDER/w.log -e production -d\n`,
      "config.ru": "run ->(env) { [200, {}, [Process.pid.to_s]] }\n",
    });
    const env = gemsAt(join(import.meta.dirname, "../peers/thin/Gemfile"));
    const up = gossamer(t, folder, ["up"], env);
    const [, pid = ""] = await up.waitForLine(/runs in the background as pid (\d+)/);
    const where = { port: 0, socketPath: join(folder, "web.sock") };
    const isUp = async (): Promise<boolean> =>
      (await ask(where, "/").catch(() => undefined))?.text === pid;
    await until(isUp, 20_000, () => up.stdout());
    await up.waitForLine(/web\.1 +\| .*Listening on/);
    up.signal(end);
    await up.exited;
    await untilGone([Number(pid)]);
    await untilNothingIsLeft(folder);
  });
}

test("gossamer up does not wait for a daemon that has ended before it wrote its pid", async (t) => {
  const folder = await folderWith(t, { Procfile: "web: (sleep 0.2; exit 1) & : --pid w.pid -d\n" });
  const { code, stdout } = await run(t, folder, ["up"]);
  assert.equal(code, 0);
  assert.match(stdout, /exited with code 0/);
});

test("gossamer up ends when nobody reads any more", async (t) => {
  const folder = await folderWith(t, { Procfile: "web: while echo more; do sleep 0.01; done\n" });
  const piped = startCommand(t, "sh", ["-c", "gossamer up | head -n 3"], {
    cwd: folder,
    env: { TMPDIR: folder, FOLDER: folder },
  });
  await piped.exited;
  await untilNothingIsLeft(folder);
});

test("gossamer up hears TERM while its reader has stopped, and ends without it", async (t) => {
  const folder = await folderWith(t, { Procfile: "web: echo $PPID > up.pid; exec yes\n" });
  const piped = startCommand(
    t,
    "sh",
    ["-c", "gossamer up -t 0.5 | (cat up.pid; exec sleep 1000)"],
    {
      cwd: folder,
      env: { TMPDIR: folder, FOLDER: folder },
    },
  );
  const upPid = async (): Promise<number> =>
    Number(await readFile(join(folder, "up.pid"), "utf8").catch(() => 0));
  await until(
    async () => (await upPid()) > 0,
    10_000,
    () => "it has not started",
  );
  process.kill(await upPid(), "SIGTERM");
  await untilGone([await upPid()]);
  for (const pid of await piped.children()) process.kill(pid, "SIGKILL");
  await piped.exited;
  await untilNothingIsLeft(folder);
});
