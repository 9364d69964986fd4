import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import type { CheckDescription } from "../../src/supervise/index.ts";
import { descendants, isAlive, until, untilGone } from "../harness/processes.ts";
import { appFolder } from "../harness/server.ts";
import { keep, untilSampled } from "./kept.ts";

const SLEEP = ["sleep", "1000"] as const;
const isUp = ({ state }: { readonly state: string }): boolean => state === "up";

function shell(script: string): readonly [string, ...string[]] {
  return ["/bin/sh", "-c", script];
}

function check(
  kind: CheckDescription["kind"],
  more: Partial<CheckDescription> = {},
): CheckDescription {
  const place = { file: "app.pill", line: 1 };
  return {
    name: kind.type,
    place,
    everyMs: 1_000,
    times: [1, 1],
    fires: ["restart"],
    kind,
    ...more,
  };
}

test("Application starts what is down, as a daemon with a pid file", async (t) => {
  const kept = await keep(t, { web: { startCommand: SLEEP } });
  const { pid = 0 } = await kept.until(isUp);
  assert.equal(await readFile(join(kept.folder, "web.pid"), "utf8"), String(pid));
  const status = await readFile(`/proc/${pid}/status`, "latin1");
  assert.match(status, new RegExp(`^NSsid:\\t${pid}$`, "m"));
  assert.match(status, /^SigIgn:\t0*1$/m, "a hangup is ignored");
  assert.equal((await stat(join(kept.folder, "web.pid"))).mode & 0o777, 0o644);
});

test("Application starts anew what has been killed", async (t) => {
  const kept = await keep(t, { web: { startCommand: SLEEP } });
  const { pid: first = 0 } = await kept.until(isUp);
  process.kill(first, "SIGKILL");
  const { pid } = await kept.until((one) => isUp(one) && one.pid !== first);
  assert.notEqual(pid, first);
  const states = kept.facts.flatMap((fact) => (fact.type === "state-changed" ? [fact.to] : []));
  assert.deepEqual(states, ["starting", "up", "down", "starting", "up"]);
});

test("Application stops what it is told to, and leaves it down until it is told to start it", async (t) => {
  const kept = await keep(t, { web: { startCommand: SLEEP } });
  const { pid: first = 0 } = await kept.until(isUp);
  assert.deepEqual(await kept.application.carryOut("stop", ["web"]), [":web"]);
  assert.equal(await isAlive(first), false);
  assert.equal(kept.status().state, "unmonitored");
  await assert.rejects(stat(join(kept.folder, "web.pid")), { code: "ENOENT" });
  await kept.application.carryOut("start", []);
  const { pid, events } = await kept.until(isUp);
  assert.notEqual(pid, first);
  assert.deepEqual(
    events.map(({ event, reason }) => [event, reason]),
    [
      ["start", "user initiated"],
      ["unmonitor", "user initiated"],
    ],
  );
});

test("Application leaves alone what is unmonitored, and start looks after it again", async (t) => {
  const kept = await keep(t, { web: { startCommand: SLEEP } });
  const { pid = 0 } = await kept.until(isUp);
  await kept.application.carryOut("unmonitor", []);
  assert.equal(kept.status().state, "unmonitored");
  assert.equal(await isAlive(pid), true);
  await kept.application.carryOut("start", []);
  assert.deepEqual([kept.status().state, kept.status().pid], ["up", pid]);
});

test("Application restarts by stopping first, and never has two of them", async (t) => {
  const script = 'trap "sleep 0.5; exit" TERM; echo + >>log; while :; do sleep 0.05; done';
  const kept = await keep(t, { web: { startCommand: shell(script) } });
  const { pid: first = 0 } = await kept.until(isUp);
  await kept.application.carryOut("restart", []);
  assert.equal(await isAlive(first), false);
  const { pid } = await kept.until(isUp);
  assert.notEqual(pid, first);
});

test("stop walks a ladder to its end: QUIT, TERM, KILL", async (t) => {
  const kept = await keep(t, {
    web: {
      startCommand: shell('trap "" QUIT TERM; while :; do sleep 0.05; done'),
      stopSignals: [
        { signal: "QUIT", graceMs: 300 },
        { signal: "TERM", graceMs: 300 },
        { signal: "KILL", graceMs: 1_000 },
      ],
    },
  });
  const { pid = 0 } = await kept.until(isUp);
  await kept.application.carryOut("stop", []);
  assert.equal(await isAlive(pid), false);
  const sent = kept.facts.flatMap((fact) => (fact.type === "signal-sent" ? [fact.signal] : []));
  assert.deepEqual(sent, ["QUIT", "TERM", "KILL"]);
});

test("stop by a command leaves the process its grace time, and does not send TERM after it", async (t) => {
  const { folder } = await keep(t, { none: { startCommand: SLEEP, autoStart: false } });
  const kept = await keep(t, {
    web: {
      startCommand: shell(
        'trap "sleep 0.5; echo drained >$OUT; exit" QUIT; while :; do sleep 0.05; done',
      ),
      stopCommand: ["kill", "-QUIT", "{{PID}}"],
      environment: { OUT: join(folder, "drained") },
    },
  });
  await kept.until(isUp);
  await kept.application.carryOut("stop", []);
  assert.equal(await readFile(join(folder, "drained"), "utf8"), "drained\n");
  assert.ok(!kept.facts.some(({ type }) => type === "signal-sent"));
});

test("stop ends what a daemon has left in its group", async (t) => {
  const kept = await keep(t, {
    web: { startCommand: shell("sleep 1000 & sleep 1000 & wait") },
  });
  const { pid = 0 } = await kept.until(isUp);
  const below = await descendants(pid);
  assert.equal(below.length, 2);
  await kept.application.carryOut("stop", []);
  await untilGone([pid, ...below]);
});

test("what a daemon that was killed has left in its group is ended before the next one is started", async (t) => {
  const kept = await keep(t, { web: { startCommand: shell("sleep 1000 & exec sleep 2000") } });
  const { pid: first = 0 } = await kept.until(isUp);
  const [left = 0] = await descendants(first);
  process.kill(first, "SIGKILL");
  await kept.until((one) => isUp(one) && one.pid !== first);
  assert.equal(await isAlive(left), false);
});

test("stop ends the children of a daemon that daemonizes itself, in any session, where they are monitored", async (t) => {
  const folder = await appFolder(t, "");
  const pidFile = join(folder, "web.pid");
  const script = `trap "" TERM; setsid sleep 1000 & while :; do sleep 0.05; done`;
  const kept = await keep(t, {
    web: {
      daemonize: false,
      pidFile,
      startCommand: shell(`setsid sh -c '${script}' >/dev/null 2>&1 & echo $! >${pidFile}`),
      stopGraceMs: 300,
      children: {
        startGraceMs: 500,
        stopGraceMs: 500,
        restartGraceMs: 500,
        checks: [],
        triggers: [],
      },
    },
  });
  const isSleep = async (pid: number): Promise<boolean> =>
    (await readFile(`/proc/${pid}/cmdline`, "latin1").catch(() => "")) === "sleep\x001000\0";
  const { pid = 0 } = await kept.until(isUp);
  let sleeper = 0;
  await until(
    async () => {
      for (const one of await descendants(pid)) if (await isSleep(one)) sleeper = one;
      return sleeper > 0;
    },
    10_000,
    () => "no child",
  );
  await kept.application.carryOut("stop", []);
  assert.deepEqual([await isAlive(pid), await isAlive(sleeper)], [false, false]);
});

test("Application takes over what runs, by its pid file", async (t) => {
  const kept = await keep(t, { web: { startCommand: SLEEP } });
  const { pid } = await kept.until(isUp);
  kept.application.end();
  const next = await kept.succeed();
  assert.deepEqual([next.status().state, next.status().pid], ["up", pid]);
  assert.ok(!next.facts.some(({ type }) => type === "command-begins"));
});

test("Application does not believe a pid file that is older than the process with its number", async (t) => {
  const stranger = spawn("sleep", ["1000"], { stdio: "ignore" });
  t.after(() => stranger.kill("SIGKILL"));
  const kept = await keep(t, { web: { startCommand: SLEEP, autoStart: false } });
  const { utimes } = await import("node:fs/promises");
  await writeFile(join(kept.folder, "web.pid"), String(stranger.pid));
  await utimes(join(kept.folder, "web.pid"), new Date(0), new Date(0));
  await kept.application.carryOut("stop", []);
  assert.equal(await isAlive(stranger.pid ?? 0), true);
});

for (const rubbish of ["not a number", "0", "-1", "", "99999999999"]) {
  test(`Application starts what has ${JSON.stringify(rubbish)} in its pid file`, async (t) => {
    const kept = await keep(t, { web: { startCommand: SLEEP, autoStart: false } });
    await writeFile(join(kept.folder, "web.pid"), rubbish);
    await kept.application.carryOut("start", []);
    const { pid } = await kept.until(isUp);
    assert.equal(await kept.pid(), pid);
  });
}

test("a successor of a daemon that was killed finds everything where it was", async (t) => {
  const kept = await keep(t, {
    one: { startCommand: SLEEP },
    two: { startCommand: SLEEP },
    three: { startCommand: SLEEP },
  });
  const names = ["one", "two", "three"];
  for (const name of names) await kept.until(isUp, name);
  await kept.application.carryOut("stop", ["two"]);
  await kept.application.carryOut("unmonitor", ["three"]);
  const before = names.map((name) => kept.status(name).pid);
  const next = await kept.succeed();
  assert.deepEqual(
    names.map((name) => [next.status(name).state, next.status(name).pid]),
    [
      ["up", before[0]],
      ["unmonitored", undefined],
      ["unmonitored", before[2]],
    ],
  );
});

test("Application finds the successor of a process that has replaced itself", async (t) => {
  const script = 'trap "sleep 1000 & echo \\$! >$PIDFILE; exit" USR2; while :; do sleep 0.05; done';
  const kept = await keep(t, { web: { startCommand: SLEEP, autoStart: false } });
  const pidFile = join(kept.folder, "web.pid");
  const other = await keep(t, {
    web: {
      startCommand: shell(script),
      environment: { PIDFILE: pidFile },
      pidFile,
      restartCommand: ["kill", "-USR2", "{{PID}}"],
    },
  });
  const { pid: first } = await other.until(isUp);
  await other.application.carryOut("restart", []);
  const { pid } = await other.until((one) => isUp(one) && one.pid !== first);
  assert.equal(await kept.pid(), pid);
  const begun = other.facts.filter(
    (fact) => fact.type === "command-begins" && fact.name === "start",
  );
  assert.equal(begun.length, 1, "it was not started a second time");
});

test("a command that daemonizes itself is followed by its pid file", async (t) => {
  const kept = await keep(t, { web: { startCommand: SLEEP, autoStart: false } });
  const pidFile = join(kept.folder, "self.pid");
  const other = await keep(t, {
    self: {
      daemonize: false,
      pidFile,
      startCommand: shell(`setsid sleep 1000 >/dev/null 2>&1 & echo $! >${pidFile}`),
    },
  });
  const { pid } = await other.until(isUp);
  assert.equal(Number(await readFile(pidFile, "utf8")), pid);
  await other.application.carryOut("stop", []);
  assert.equal(await isAlive(pid ?? 0), false);
});

test("a daemon that dies in its grace time is started anew at once", async (t) => {
  const pidFile = join(await appFolder(t, ""), "web.pid");
  const kept = await keep(t, {
    web: {
      daemonize: false,
      pidFile,
      startCommand: shell(`setsid sleep 1000 & echo $! >${pidFile}`),
      startGraceMs: 3_600_000,
    },
  });
  const isKnown = ({ state, pid }: ReturnType<typeof kept.status>): boolean =>
    state === "starting" && pid !== undefined;
  const { pid: first = 0 } = await kept.until(isKnown);
  process.kill(first, "SIGKILL");
  const { pid } = await kept.until((one) => isKnown(one) && one.pid !== first);
  assert.notEqual(pid, first);
});

test("a start command that does not return is said so, and does not hold up the others", async (t) => {
  const kept = await keep(t, {
    slow: {
      daemonize: false,
      startCommand: ["sleep", "5"],
      startGraceMs: 500,
      onStartTimeout: "unmonitor",
    },
    quick: { startCommand: SLEEP },
  });
  await kept.until(isUp, "quick");
  await kept.until(({ state }) => state === "unmonitored", "slow");
  assert.ok(kept.facts.some((fact) => fact.type === "command-late" && fact.process === "slow"));
});

test("a start command that takes long is not run a second time, nor by a successor of the daemon", async (t) => {
  const folder = await appFolder(t, "");
  const [pidFile, go] = [join(folder, "web.pid"), join(folder, "go")];
  const kept = await keep(t, {
    web: {
      daemonize: false,
      pidFile,
      startCommand: shell(
        `echo start >>${folder}/starts; until [ -e ${go} ]; do sleep 0.05; done; setsid sleep 1000 >/dev/null 2>&1 & echo $! >${pidFile}`,
      ),
      startGraceMs: 300,
    },
  });
  await kept.until(({ state }) => state === "down");
  await until(
    () => kept.facts.some(({ type }) => type === "start-goes-on"),
    20_000,
    () => "it is back",
  );
  await kept.until(({ state }) => state === "down");
  const next = await kept.succeed();
  await next.application.carryOut("start", []);
  assert.ok(next.facts.some(({ type }) => type === "start-goes-on"));
  assert.equal(next.status().state, "down");
  await writeFile(go, "");
  await next.until(isUp);
  assert.equal(await readFile(join(folder, "starts"), "utf8"), "start\n");
});

test("stop ends a start command that does not come to its end", async (t) => {
  const kept = await keep(t, {
    web: {
      daemonize: false,
      startCommand: shell("sleep 1000; true"),
      startGraceMs: 100,
      stopGraceMs: 100,
    },
  });
  const going = () =>
    kept.facts.flatMap((fact) => (fact.type === "start-goes-on" ? [fact.pid] : []));
  await until(
    () => going().length > 0,
    20_000,
    () => "it is back",
  );
  const [pid = 0] = going();
  const below = await descendants(pid);
  await kept.application.carryOut("stop", []);
  for (const one of [pid, ...below]) assert.equal(await isAlive(one), false);
  assert.equal(kept.status().state, "unmonitored");
});

test("a check that fires restarts the process", async (t) => {
  const kept = await keep(t, {
    web: {
      startCommand: SLEEP,
      checks: [
        check({ type: "mem_usage", belowBytes: 1_000, includeChildren: false }, { times: [2, 3] }),
      ],
    },
  });
  const { pid: first } = await kept.until(isUp);
  const { events } = await kept.until((one) => isUp(one) && one.pid !== first);
  assert.equal(events[0]?.event, "restart");
  assert.match(events[0]?.reason ?? "", /^mem_usage: \[\d+[KM]B\*, \d+[KM]B\*\]$/);
});

test("a check of a page that does not answer holds up nothing", async (t) => {
  const silent = createServer(() => {}).listen(0, "127.0.0.1");
  await once(silent, "listening");
  t.after(() => silent.close().closeAllConnections());
  const { port } = silent.address() as AddressInfo;
  const page = {
    type: "http",
    url: `http://127.0.0.1:${port}/`,
    status: "2",
    openTimeoutMs: 10_000,
    readTimeoutMs: 10_000,
  } as const;
  const kept = await keep(t, {
    web: { startCommand: SLEEP, checks: [check(page)] },
    other: { startCommand: SLEEP },
  });
  const { pid: first = 0 } = await kept.until(isUp, "other");
  await kept.until(isUp, "web");
  process.kill(first, "SIGKILL");
  await kept.until((one) => isUp(one) && one.pid !== first, "other");
  await kept.application.carryOut("stop", ["web"]);
  assert.equal(kept.status("web").state, "unmonitored");
});

test("an http check asks for its status and pattern", async (t) => {
  let answer: readonly [number, string] = [200, "all is well"];
  const server = createServer((_, response) => response.writeHead(answer[0]).end(answer[1]));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close().closeAllConnections());
  const page = {
    type: "http",
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    status: "2",
    pattern: { source: "well$", flags: "" },
    openTimeoutMs: 5_000,
    readTimeoutMs: 5_000,
  } as const;
  const kept = await keep(t, {
    web: { startCommand: SLEEP, checks: [check(page, { fires: ["unmonitor"] })] },
  });
  const samples = await untilSampled(kept);
  assert.deepEqual(samples()[0], "[200]");
  answer = [200, "ill"];
  await kept.until(({ state }) => state === "unmonitored");
  assert.equal(samples().at(-1), "[200, /well$/ not in its body*]");
});

test("what flaps is left alone, and started again after its time", async (t) => {
  const kept = await keep(t, {
    web: {
      startCommand: ["/bin/true"],
      startGraceMs: 0,
      flapping: { times: 3, withinMs: 60_000, retryInMs: 1_500 },
    },
  });
  const starts = () =>
    kept.facts.filter((fact) => fact.type === "command-begins" && fact.name === "start").length;
  await until(
    () => kept.facts.some(({ type }) => type === "flapping"),
    20_000,
    () => "no flapping",
  );
  assert.deepEqual([kept.status().state, starts()], ["unmonitored", 2]);
  await until(
    () => starts() === 3,
    20_000,
    () => `${starts()} starts`,
  );
});

test("a stop while what flaps waits for its time is a stop", async (t) => {
  const kept = await keep(t, {
    web: {
      startCommand: ["/bin/true"],
      startGraceMs: 0,
      flapping: { times: 2, withinMs: 60_000, retryInMs: 1_000 },
    },
  });
  await until(
    () => kept.facts.some(({ type }) => type === "flapping"),
    20_000,
    () => "no flapping",
  );
  await kept.application.carryOut("stop", []);
  assert.ok(kept.facts.some(({ type }) => type === "schedule-cancelled"));
});

test("children are found, checked, and stopped alone", async (t) => {
  const kept = await keep(t, {
    web: {
      startCommand: shell("while :; do sleep 1000 & sleep 1000 & wait; done"),
      children: {
        startGraceMs: 500,
        stopGraceMs: 500,
        restartGraceMs: 500,
        checks: [check({ type: "running_time", belowMs: 1_500 }, { fires: ["stop"] })],
        triggers: [],
      },
    },
  });
  const { pid: parent } = await kept.until(({ children }) => children.length === 2);
  const first = kept.status().children.map(({ pid }) => pid);
  await kept.until(
    ({ children }) => children.length === 2 && !children.some(({ pid }) => first.includes(pid)),
  );
  assert.equal(kept.status().pid, parent);
});

test("what depends on another is started when that is up", async (t) => {
  const kept = await keep(t, {
    web: { startCommand: SLEEP, dependsOn: ["database"] },
    database: { startCommand: SLEEP, startGraceMs: 1_500 },
  });
  await kept.until(isUp, "web");
  const order = kept.facts.flatMap((fact) =>
    fact.type === "state-changed" && (fact.to === "up" || fact.to === "starting")
      ? [`${fact.process} ${fact.to}`]
      : [],
  );
  assert.deepEqual(order, ["database starting", "database up", "web starting", "web up"]);
});

test("a restart of all waits, too, until what a process depends on is up", async (t) => {
  const kept = await keep(t, {
    web: { startCommand: SLEEP, dependsOn: ["database"] },
    database: { startCommand: SLEEP, startGraceMs: 1_500 },
  });
  const { pid: first } = await kept.until(isUp, "web");
  const before = kept.facts.length;
  await kept.application.carryOut("restart", []);
  await kept.until((one) => isUp(one) && one.pid !== first, "web");
  const order = kept.facts.slice(before).flatMap((fact) => {
    if (fact.type === "command-begins") return [`${fact.process} begins`];
    return fact.type === "state-changed" && fact.to === "up" ? [`${fact.process} up`] : [];
  });
  assert.deepEqual(order, ["database begins", "database up", "web begins", "web up"]);
});

test("stop ends what a process depends on after it", async (t) => {
  const slow = shell('trap "sleep 0.5; exit" TERM; while :; do sleep 0.05; done');
  const kept = await keep(t, {
    database: { startCommand: SLEEP, dependsOn: ["disk"] },
    disk: { startCommand: SLEEP },
    web: { startCommand: slow, dependsOn: ["database"] },
  });
  await kept.until(isUp, "web");
  assert.deepEqual(await kept.application.carryOut("stop", []), [":database", ":disk", ":web"]);
  const order = kept.facts.flatMap((fact) =>
    fact.type === "state-changed" && fact.to === "unmonitored" ? [fact.process] : [],
  );
  assert.deepEqual(order, ["web", "database", "disk"]);
});

test("what keeps dying is started less and less often, if the pill says so", async (t) => {
  const kept = await keep(t, {
    web: {
      startCommand: ["/bin/false"],
      startGraceMs: 0,
      backoff: { firstMs: 400, ceilingMs: 60_000, forgiveAfterMs: 60_000 },
    },
  });
  const delays = () =>
    kept.facts.flatMap((fact) => (fact.type === "backing-off" ? [fact.delayMs] : []));
  await until(
    () => delays().length === 3,
    30_000,
    () => JSON.stringify(delays()),
  );
  const [first = 0, second = 0, third = 0] = delays();
  assert.ok(first >= 300 && second > first && third > second, JSON.stringify(delays()));
});

test("what cannot be run is said with its reason", async (t) => {
  const kept = await keep(t, { web: { startCommand: ["no-such-program", "x"] } });
  const failures = () =>
    kept.facts.flatMap((fact) => (fact.type === "command-failed" ? [fact] : []));
  await until(
    () => failures().length > 0,
    20_000,
    () => "nothing was said",
  );
  assert.match(failures()[0]?.reason ?? "", /^No such file or directory - no-such-program$/);
});

test("what cannot write its output is said with its reason", async (t) => {
  const stdout = "/no/such/folder/web.log";
  const kept = await keep(t, { web: { startCommand: SLEEP, stdout } });
  const complaints = () =>
    kept.facts.flatMap((fact) => (fact.type === "process-ended" ? [fact.complaint] : []));
  await until(
    () => complaints().length > 0,
    20_000,
    () => "nothing was said",
  );
  assert.match(complaints()[0] ?? "", new RegExp(stdout));
});

test("a process gets its folder, environment, umask and files", async (t) => {
  const kept = await keep(t, { web: { startCommand: SLEEP, autoStart: false } });
  const out = join(kept.folder, "out");
  const other = await keep(t, {
    web: {
      startCommand: shell('echo "$PWD $(pwd) $NAME $(umask)"; echo wrong >&2; exec sleep 1000'),
      workingDir: kept.folder,
      environment: { NAME: "a b" },
      umask: 0o27,
      stdout: out,
      stderr: out,
    },
  });
  await other.until(isUp);
  assert.equal(await readFile(out, "utf8"), `${kept.folder} ${kept.folder} a b 0027\nwrong\n`);
  assert.equal((await stat(out)).mode & 0o777, 0o640);
});
