import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { chmod, readdir, readFile, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type Clock, systemClock } from "../../src/kit/index.ts";
import { bluepillLineFor } from "../../src/observe/index.ts";
import type { CheckDescription, SuperviseFact } from "../../src/supervise/index.ts";
import { descendants, isAlive, until, untilGone } from "../harness/processes.ts";
import { type Kept, keep } from "./kept.ts";

const SLEEP = ["sleep", "1000"] as const;
const isUp = ({ state }: { readonly state: string }): boolean => state === "up";
const isRoot = process.geteuid?.() === 0;

function shell(script: string): readonly [string, ...string[]] {
  return ["/bin/sh", "-c", script];
}

/** A clock on which a second is over in `1000 / times` ms. */
function hurried(times: number): Clock {
  return {
    nowMs: () => systemClock.nowMs() * times,
    wallMs: () => systemClock.wallMs(),
    after: (delayMs, task) => systemClock.after(delayMs / times, task),
  };
}

function counted(kept: Kept, name: string, type: SuperviseFact["type"]): number {
  return kept.facts.filter((fact) => fact.type === type && fact.process === name).length;
}

/** So much faster than ours the clock goes that a thousand deaths take a while only. */
const HURRY = 200;

/** What this process holds: open files, timers and other things that are waited for, bytes on the heap. */
async function held(): Promise<{ files: number; waiting: number; heapBytes: number }> {
  setFlagsFromString("--expose_gc");
  runInNewContext("gc")();
  return {
    files: (await readdir("/proc/self/fd")).length,
    waiting: process.getActiveResourcesInfo().length,
    heapBytes: process.memoryUsage().heapUsed,
  };
}

test("a process that dies 1,000 times costs nothing that stays, and back-off leaves it alone", async (t) => {
  const kept = await keep(
    t,
    {
      web: { startCommand: ["/bin/true"], startGraceMs: 0 },
      patient: {
        startCommand: ["/bin/false"],
        startGraceMs: 0,
        backoff: { firstMs: 1_000, ceilingMs: 60_000, forgiveAfterMs: 60_000 },
      },
    },
    hurried(HURRY),
  );
  const beganMs = performance.now();
  const deaths = async (count: number): Promise<void> =>
    await until(
      () => counted(kept, "web", "process-ended") >= count,
      150_000,
      () => `${counted(kept, "web", "process-ended")} deaths`,
    );
  await deaths(100);
  const before = await held();
  await deaths(1_000);
  const after = await held();
  assert.ok(after.files <= before.files + 10, `${before.files} files, then ${after.files}`);
  assert.ok(after.waiting <= before.waiting + 10, `${before.waiting}, then ${after.waiting}`);
  // The facts are kept by this test; the rest is less than the heap's own noise.
  const factBytes = 1_000 * kept.facts.length;
  const grownBytes = after.heapBytes - before.heapBytes;
  assert.ok(grownBytes < factBytes + 5_000_000, `${grownBytes} bytes more`);
  assert.ok((await stat(join(kept.folder, "journal.json"))).size < 1_000);
  assert.equal(kept.status("web").events.length <= 10, true);
  const tries = counted(kept, "patient", "command-begins");
  const passedMs = HURRY * (performance.now() - beganMs);
  // At each tick, once a second, it would be tried without back-off.
  assert.ok(tries < 20 + passedMs / 15_000, `${tries} tries in ${passedMs} ms`);
  assert.ok(counted(kept, "patient", "backing-off") > 0);
  await kept.application.carryOut("stop", []);
  assert.deepEqual(
    ["web", "patient"].map((name) => kept.status(name).state),
    ["unmonitored", "unmonitored"],
  );
});

test("of 300 children that come and go, all that live are known and none that is gone", async (t) => {
  const kept = await keep(t, {
    web: {
      startCommand: shell("while :; do for n in $(seq 300); do sleep 2 & done; wait; done"),
      children: {
        startGraceMs: 500,
        stopGraceMs: 500,
        restartGraceMs: 500,
        checks: [check({ type: "mem_usage", belowBytes: 1e12, includeChildren: false })],
        triggers: [],
      },
    },
  });
  const { pid = 0 } = await kept.until(isUp);
  const changes = () => kept.facts.filter((fact) => fact.type === "children-changed");
  await until(
    () => changes().reduce((sum, { gone }) => sum + gone.length, 0) >= 600,
    40_000,
    () => JSON.stringify(changes().map(({ added, gone }) => [added.length, gone.length])),
  );
  process.kill(pid, "SIGSTOP");
  const below = await descendants(pid);
  await until(
    () => kept.status().children.length === below.length,
    10_000,
    () => `${kept.status().children.length} of ${below.length}`,
  );
  assert.deepEqual(
    kept
      .status()
      .children.map((child) => child.pid)
      .sort(),
    [...below].sort(),
  );
  assert.equal(kept.status().pid, pid);
  for (const fact of changes()) assert.ok(bluepillLineFor(fact).text.length < 250);
  process.kill(pid, "SIGCONT");
  await kept.application.carryOut("stop", []);
  await untilGone([pid, ...below]);
});

test("what ignores every signal but KILL is stopped and restarted, however the pill stops it", async (t) => {
  const deaf = shell(
    'trap "" HUP INT QUIT TERM USR1 USR2 ALRM PIPE TTIN TTOU WINCH; while :; do sleep 0.05; done',
  );
  const QUIT = { signal: "QUIT", graceMs: 100 };
  const kept = await keep(t, {
    plain: { startCommand: deaf, stopGraceMs: 300 },
    command: { startCommand: deaf, stopGraceMs: 300, stopCommand: ["/bin/true"] },
    broken: { startCommand: deaf, stopGraceMs: 300, stopCommand: ["/no/such/program"] },
    ladder: {
      startCommand: deaf,
      stopGraceMs: 300,
      stopSignals: [QUIT, { signal: "KILL", graceMs: 2_000 }],
    },
    polite: { startCommand: deaf, stopGraceMs: 300, stopSignals: [QUIT] },
  });
  const names = ["plain", "command", "broken", "ladder"];
  const before = new Map<string, number | undefined>();
  for (const name of [...names, "polite"]) before.set(name, (await kept.until(isUp, name)).pid);
  await kept.application.carryOut("restart", []);
  for (const name of names) {
    const { pid } = await kept.until((one) => isUp(one) && one.pid !== before.get(name), name);
    assert.ok(pid);
    assert.equal(await isAlive(before.get(name) ?? 0), false, name);
  }
  await kept.application.carryOut("stop", []);
  assert.deepEqual(
    names.map((name) => [kept.status(name).state, kept.status(name).pid]),
    names.map(() => ["unmonitored", undefined]),
  );
  // A ladder without KILL is the pill's own will: it is told, and no second process is put beside the first.
  assert.ok(counted(kept, "polite", "stop-failed") >= 2);
  await kept.application.carryOut("start", ["polite"]);
  assert.equal(kept.status("polite").pid, before.get("polite"));
});

function check(
  kind: CheckDescription["kind"],
  more: Partial<CheckDescription> = {},
): CheckDescription {
  const place = { file: "app.pill", line: 1 };
  const times = [1, 1] as const;
  return { name: kind.type, place, everyMs: 1_000, times, fires: ["restart"], kind, ...more };
}

test("a wall clock that is set forward or back restarts nothing, and loses nothing", async (t) => {
  let offMs = 0;
  const clock: Clock = { ...systemClock, wallMs: () => systemClock.wallMs() + offMs };
  const kept = await keep(
    t,
    {
      web: {
        startCommand: SLEEP,
        checks: [
          check({ type: "running_time", belowMs: 3_600_000 }),
          check({ type: "cpu_usage", belowPercent: 90, includeChildren: true }),
        ],
      },
    },
    clock,
  );
  const { pid } = await kept.until(isUp);
  const samples = (): number => counted(kept, "web", "check-sampled");
  for (const day of [1, -1, 365]) {
    offMs = day * 86_400_000;
    const sofar = samples();
    await until(
      () => samples() >= sofar + 4,
      20_000,
      () => `${samples()} samples`,
    );
  }
  assert.equal(counted(kept, "web", "check-fired"), 0);
  assert.deepEqual([kept.status().state, kept.status().pid], ["up", pid]);
  // The pid file was written yesterday, as the clock is now; the process, which counts from now, seems younger.
  kept.application.end();
  await utimes(join(kept.folder, "web.pid"), new Date(0), new Date(0));
  const next = await kept.succeed();
  assert.deepEqual([next.status().state, next.status().pid], ["up", pid]);
});

const PAGES: readonly string[] = [
  "",
  "no journal",
  "null",
  "[]",
  '{"processes":{":web":null}}',
  ...['{"pid":-1,"startTicks":1}', '{"pid":0,"startTicks":1}', '{"pid":"x"}', "7", "[]"].map(
    (found) => `{"processes":{":web":{"isMonitored":true,"isStopping":true,"found":${found}}}}`,
  ),
];

test("a journal with rubbish in it is as good as none", async (t) => {
  const kept = await keep(t, { web: { startCommand: SLEEP } });
  const { pid } = await kept.until(isUp);
  const { boot } = JSON.parse(await readFile(join(kept.folder, "journal.json"), "utf8"));
  let last = kept;
  for (const page of PAGES) {
    last.application.abandon();
    const text = page.replace(/^\{/, `{"boot":${JSON.stringify(boot)},`);
    await writeFile(join(kept.folder, "journal.json"), text);
    last = await last.succeed();
    assert.deepEqual([last.status().state, last.status().pid], ["up", pid], page);
  }
});

/** As who we are, everything may be signalled by root; so root becomes somebody else for a moment. */
if (isRoot) {
  test("a process of another user's that may not be signalled is told of, and nothing hangs", async (t) => {
    const stranger = spawn("setpriv", ["--reuid=12345", "--clear-groups", "sleep", "1000"], {
      stdio: "ignore",
    });
    t.after(() => stranger.kill("SIGKILL"));
    const kept = await keep(t, {
      web: { startCommand: SLEEP, autoStart: false, stopGraceMs: 200 },
    });
    await chmod(kept.folder, 0o777);
    await writeFile(join(kept.folder, "web.pid"), String(stranger.pid));
    process.seteuid?.(65_534);
    try {
      await kept.application.carryOut("stop", []);
    } finally {
      process.seteuid?.(0);
    }
    assert.ok(counted(kept, "web", "signal-refused") > 0);
    assert.equal(counted(kept, "web", "stop-failed"), 1);
    assert.equal(kept.status().state, "unmonitored");
    assert.equal(await isAlive(stranger.pid ?? 0), true);
  });
}

test("what cannot be started because its folder is not there is told of", async (t) => {
  const kept = await keep(t, { web: { startCommand: SLEEP, workingDir: "/no/such/folder" } });
  const failures = () =>
    kept.facts.flatMap((fact) => (fact.type === "command-failed" ? [fact.reason] : []));
  await until(
    () => failures().length > 0,
    20_000,
    () => "nothing was said",
  );
  assert.equal(failures()[0], "working_dir /no/such/folder is no folder that can be entered");
});
