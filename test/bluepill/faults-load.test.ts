import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { descendants, isAlive, until, untilGone } from "../harness/processes.ts";
import { ask, daemonOf, statuses, untilUp } from "./asked.ts";
import { ourSide, type Side } from "./side.ts";

/** A process that takes half a second to end. */
function pill(before = ""): string {
  return `${before}
Bluepill.application("a", log_file: "FOLDER/a.log") do |app|
  app.process("web") do |p|
    p.start_command = %q(/bin/sh -c 'trap "sleep 0.5; exit" TERM; while :; do sleep 0.05; done')
    p.daemonize = true
    p.start_grace_time = 0
    p.stop_grace_time = 3
  end
end
`;
}

/** Our daemons among all that the side has started. */
async function daemons(side: Side): Promise<readonly number[]> {
  const pids = await side.processes();
  const { readFile } = await import("node:fs/promises");
  const titles = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, "latin1").catch(() => "")),
  );
  return pids.filter((_, index) => titles[index]?.startsWith("bluepilld"));
}

/** How often the process was started, by the log. */
async function starts(side: Side): Promise<number> {
  return ((await side.file("a.log")) ?? "").match(/Executing start command/g)?.length ?? 0;
}

/** Pills that cannot be loaded: what they do, the exit code, and what is said. */
type Bad = readonly [does: string, ruby: string, code: number, says: RegExp];
const BAD: readonly Bad[] = [
  ["exits with a failure", "exit 3", 3, /app\.pill:1: the pill calls exit with 3/],
  ["aborts", "abort 'no'", 1, /app\.pill:1: the pill calls exit with 1/],
  [
    "kills its Ruby",
    "Process.kill :KILL, $$; sleep",
    1,
    /ended \(SIGKILL\) before it had read the pill/,
  ],
  ["ends at once", "exit! 0", 1, /ended \(exit 0\) before it had read the pill/],
  ["becomes another program", "exec 'sleep', '1000'", 1, /before it had read the pill/],
  [
    "raises when it has described all",
    "at_exit { raise 'late' }; raise 'no'",
    1,
    /app\.pill:1: no \(RuntimeError\)/,
  ],
];

/** And those that never come to an end. */
const ENDLESS: readonly Bad[] = [
  [
    "loops for ever",
    "loop { }",
    1,
    /app\.pill: after 5 s the pill is still running at .*app\.pill:1\./,
  ],
  ["sleeps for ever", "sleep", 1, /still running at .*app\.pill:1\./],
];

test("a pill that cannot be loaded leaves the daemon that runs as it is", async (t) => {
  const side = await ourSide(t);
  await side.load(pill());
  const pid = await untilUp(side, "web");
  const daemon = await daemonOf(side);
  const load = async ([does, ruby, code, says]: Bad, ...more: string[]): Promise<void> => {
    const path = await side.pill(pill(ruby), `${does.replaceAll(" ", "-")}-app.pill`);
    const went = await side.run("load", path, ...more);
    assert.equal(went.code, code, `${does}: ${went.stderr.join("\n")}`);
    assert.match(went.stderr.join("\n"), says, does);
  };
  await Promise.all(BAD.map((bad) => load(bad)));
  // One after the other: what takes up the time is to be the pill, and not the start of so many Rubies.
  for (const endless of ENDLESS) await load(endless, "-t", "5");
  assert.equal(await daemonOf(side), daemon);
  assert.equal((await statuses(side)).get("web")?.pid, pid);
  await until(
    async () => (await side.processes()).length <= 1 + (await descendants(pid)).length + 1,
    30_000,
    async () => `more than the daemon and its process: ${await side.processes()}`,
  );
});

test("a pill that forks, prints a lot and closes its output is loaded all the same", async (t) => {
  const side = await ourSide(t);
  const before = [
    "$stdout.write('x' * 1_000_000)",
    "fork { Signal.trap(:TERM, 'IGNORE'); sleep 0.05 until File.exist?('FOLDER/loaded'); puts 'from the fork'; File.write('FOLDER/said', ''); exit! 7 }",
    "$stdout.close",
    "$stderr.close",
  ];
  const went = await side.load(pill(before.join("\n")));
  assert.equal(went.code, 0);
  assert.equal(went.stdout.join("").replaceAll("x", ""), "");
  await untilUp(side, "web");
  await writeFile(join(side.folder, "loaded"), "");
  await until(
    () => side.exists("said"),
    30_000,
    () => "the fork is gone",
  );
  assert.equal((await daemons(side)).length, 1);
});

test("commands that come at once do as if they had come one after the other", async (t) => {
  const side = await ourSide(t);
  const path = await side.pill(pill());
  const loads = await Promise.all([1, 2, 3].map(() => side.run("load", path)));
  assert.deepEqual(
    loads.map(({ code, stderr }) => [code, stderr]),
    loads.map(() => [0, [""]]),
  );
  const first = await untilUp(side, "web");
  assert.deepEqual(await daemons(side), [await daemonOf(side)], "one daemon");
  assert.equal(await starts(side), 1, "and one process");

  const restarts = await Promise.all([side.run("restart"), side.run("restart")]);
  assert.deepEqual(
    restarts.map(({ code }) => code),
    [0, 0],
  );
  const second = await untilUp(side, "web", first);
  await untilGone([first]);
  assert.equal(await starts(side), 3, "each of the two has restarted it");

  const restarting = ask(side, { order: "restart", target: [] });
  await until(
    async () => (await statuses(side)).get("web")?.state === "restarting",
    30_000,
    () => "no restart",
  );
  const stopping = ask(side, { order: "stop", target: ["web"] });
  assert.deepEqual(await Promise.all([restarting, stopping]), [
    { reply: "done", processes: [":web"] },
    { reply: "done", processes: [":web"] },
  ]);
  assert.equal((await statuses(side)).get("web")?.state, "unmonitored");
  assert.equal(await isAlive(second), false);
  assert.deepEqual(
    await side.processes(),
    [await daemonOf(side)],
    "nothing but the daemon is left",
  );
});

test("load and quit at once end with one daemon or none, and with the process as it was", async (t) => {
  const side = await ourSide(t);
  await side.load(pill());
  const pid = await untilUp(side, "web");
  const path = await side.pill(pill());
  const [load] = await Promise.all([
    side.run("load", path),
    side.run("quit"),
    side.run("status"),
    side.run("load", path),
  ]);
  assert.ok(load);
  const left = await daemons(side);
  assert.ok(left.length <= 1, `${left.length} daemons`);
  assert.equal((await side.run("load", path)).code, 0);
  assert.equal(await untilUp(side, "web"), pid);
  assert.deepEqual(await daemons(side), [await daemonOf(side)]);
  assert.equal(await starts(side), 1);
});

test("an order is told when its daemon ends before it is carried out", async (t) => {
  const side = await ourSide(t);
  await side.load(pill());
  await untilUp(side, "web");
  const daemon = await daemonOf(side);
  const stop = side.run("stop");
  await until(
    async () => (await statuses(side)).get("web")?.state === "stopping",
    30_000,
    () => "no stop",
  );
  process.kill(daemon, "SIGKILL");
  const { code, stderr } = await stop;
  assert.equal(code, 1);
  assert.match(stderr.join("\n"), /The daemon ended before it had answered/);
});
