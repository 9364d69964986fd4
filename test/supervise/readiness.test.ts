import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { NoticeSocket } from "../../src/supervise/index.ts";
import { startChild } from "../../src/unix/index.ts";
import { isAlive, until, untilGone } from "../harness/processes.ts";
import { type Kept, keep, type Said } from "./kept.ts";

const SLEEP = ["sleep", "1000"] as const;
const isUp = ({ state }: { readonly state: string }): boolean => state === "up";

/** A process that speaks as with libsystemd; `script` says what and when, `cue` waits for a file of the test. */
function speaker(script: string): readonly [string, ...string[]] {
  const words = `
    def say(*words)
      Socket.new(:UNIX, :DGRAM).tap { |one| one.connect(Addrinfo.unix(ENV.fetch("NOTIFY_SOCKET"))) }.write(words.join("\\n"))
    end
    def cue(name) = (sleep 0.02 until File.exist?(File.join(File.dirname(ENV.fetch("NOTIFY_SOCKET")), name)))
    ${script}`;
  return ["ruby", "--disable-gems", "-rsocket", "-e", words];
}

interface Heard extends Kept {
  readonly socket: NoticeSocket;
  cue(name: string): Promise<void>;
  tells(type: string): boolean;
}

/** Starts `processes` once somebody listens to them. */
async function heard(t: TestContext, processes: Readonly<Record<string, Said>>): Promise<Heard> {
  const waiting = Object.entries(processes).map(([name, one]) => [
    name,
    { ...one, autoStart: false },
  ]);
  const kept = await keep(t, Object.fromEntries(waiting));
  const facts: string[] = [];
  const place = { folder: kept.folder, env: process.env };
  const socket = await NoticeSocket.open(join(kept.folder, "notices"), place, {
    heard: (notice) => kept.application.hearOfItself(notice),
    lost: () => facts.push("lost"),
    found: () => facts.push("found"),
  });
  t.after(() => socket.close());
  void kept.application.carryOut("start", []);
  await kept.until(({ state }) => state === "starting");
  return {
    ...kept,
    socket,
    cue: (name) => writeFile(join(kept.folder, name), ""),
    tells: (type) => facts.includes(type) || kept.facts.some((fact) => fact.type === type),
  };
}

describe("readiness", { concurrency: true }, () => {
  test("what is to say that it is ready is starting until then, and what depends on it waits", async (t) => {
    const kept = await heard(t, {
      web: {
        startCommand: speaker(
          'cue "go"; say "READY=1", "STATUS=serving \\e[1m"; cue "reload"; say "RELOADING=1"; cue "end"; say "STOPPING=1"; sleep',
        ),
        notifyReady: true,
        startGraceMs: 30_000,
      },
      after: { startCommand: SLEEP, dependsOn: ["web"] },
      beside: { startCommand: SLEEP, startGraceMs: 1_500 },
    });
    await kept.until(isUp, "beside");
    const { state, said } = kept.status("web");
    assert.deepEqual([state, said], ["starting", { phase: "starting", status: null }]);
    assert.equal(kept.status("after").state, "down");
    await kept.cue("go");
    const web = await kept.until(isUp, "web");
    assert.deepEqual(web.said, { phase: "ready", status: "serving ?[1m" });
    await kept.until(isUp, "after");
    assert.equal(kept.status("beside").said, undefined);
    await kept.cue("reload");
    await kept.until(({ said }) => said?.phase === "reloading", "web");
    await kept.cue("end");
    const { state: last } = await kept.until(({ said }) => said?.phase === "stopping", "web");
    assert.equal(last, "up", "what it says of its end is not its end");
  });

  test("an order is carried out when what says so is ready, so that a group can be restarted one by one", async (t) => {
    const one: Said = {
      startCommand: speaker('sleep 0.5; say "READY=1"; sleep'),
      notifyReady: true,
      startGraceMs: 30_000,
      group: "front",
      besideOthers: { start: true, stop: true, restart: false, unmonitor: true },
    };
    const kept = await heard(t, { first: one, second: one });
    await kept.until(isUp, "first");
    await kept.until(isUp, "second");
    const before = kept.facts.length;
    await kept.application.carryOut("restart", ["front"]);
    const changes = kept.facts
      .slice(before)
      .flatMap((fact) => (fact.type === "state-changed" ? [`${fact.process} ${fact.to}`] : []));
    assert.deepEqual(changes, ["first restarting", "first up", "second restarting", "second up"]);
  });

  test("what never says that it is ready is stopped and started again", async (t) => {
    const kept = await heard(t, {
      web: { startCommand: SLEEP, notifyReady: true, startGraceMs: 300 },
    });
    const { pid: first = 0 } = kept.status();
    await kept.until(
      ({ state, pid }) => state === "starting" && pid !== undefined && pid !== first,
    );
    assert.equal(await isAlive(first), false);
    assert.ok(kept.tells("never-ready"));
  });

  test("what never says that it is ready is left alone, when the pill says so", async (t) => {
    const kept = await heard(t, {
      web: {
        startCommand: speaker('say "EXTEND_TIMEOUT_USEC=1500000"; sleep'),
        notifyReady: true,
        startGraceMs: 1_000,
        onStartTimeout: "unmonitor",
      },
    });
    const { pid = 0 } = kept.status();
    const startedMs = performance.now();
    const { events } = await kept.until(({ state }) => state === "unmonitored");
    assert.equal(events[0]?.reason, "not ready in time");
    assert.ok(performance.now() - startedMs > 1_500, "it had the time that it asked for");
    await untilGone([pid]);
  });

  test("only a process itself and what is below it is believed", async (t) => {
    const kept = await heard(t, {
      web: {
        startCommand: speaker('cue "go"; fork { say "READY=1"; cue "end" }; sleep'),
        notifyReady: true,
        startGraceMs: 30_000,
      },
    });
    const [program, ...words] = speaker('say "READY=1"');
    const stranger = startChild(program, words, {
      env: { ...process.env, NOTIFY_SOCKET: join(kept.folder, "notices") },
      stdio: "ignore",
    });
    await stranger.exited;
    await until(
      () => kept.tells("stranger-said"),
      20_000,
      () => "nobody was heard",
    );
    assert.equal(kept.status().said?.phase, "starting");
    await kept.cue("go");
    await kept.until(isUp);
    await kept.cue("end");
  });

  test("what goes to the background is heard before its pid file is there", async (t) => {
    const script =
      'say "READY=1"; cue "go"; File.write(ENV.fetch("PIDFILE"), Process.pid.to_s); sleep';
    const quoted = speaker(script)
      .map((word) => `'${word}'`)
      .join(" ");
    const folder = (await keep(t, { none: { startCommand: SLEEP, autoStart: false } })).folder;
    const pidFile = join(folder, "self.pid");
    const kept = await heard(t, {
      web: {
        daemonize: false,
        pidFile,
        environment: { PIDFILE: pidFile },
        startCommand: ["/bin/sh", "-c", `setsid ${quoted} >/dev/null 2>&1 &`],
        notifyReady: true,
        startGraceMs: 20_000,
      },
    });
    await kept.cue("go");
    const { said } = await kept.until(isUp);
    assert.equal(said?.phase, "ready");
    assert.ok(!kept.tells("never-ready") && !kept.tells("stranger-said"));
    await kept.application.carryOut("stop", []);
  });

  test("what says that it is well is left alone, and what is silent for too long is restarted", async (t) => {
    const beat =
      'say "READY=1"; until File.exist?(File.join(File.dirname(ENV["NOTIFY_SOCKET"]), "hush")); say "WATCHDOG=1"; sleep 0.1; end; sleep';
    const kept = await heard(t, {
      web: {
        startCommand: speaker(beat),
        notifyReady: true,
        startGraceMs: 20_000,
        watchdogMs: 1_000,
      },
    });
    const { pid: first } = await kept.until(isUp);
    const beats = () => kept.facts.filter(({ type }) => type === "process-said").length;
    await until(
      () => beats() > 25,
      20_000,
      () => `${beats()} beats`,
    );
    assert.deepEqual([kept.status().pid, kept.tells("watchdog-silent")], [first, false]);
    await kept.cue("hush");
    const { events } = await kept.until(({ pid }) => pid !== undefined && pid !== first);
    assert.ok(kept.tells("watchdog-silent"));
    assert.deepEqual([events[0]?.event, events[0]?.reason], ["restart", "watchdog"]);
  });

  test("NoticeSocket listens again when its Ruby was killed, and leaves nothing when it is closed", async (t) => {
    const kept = await heard(t, {
      web: {
        startCommand: speaker('cue "go"; say "READY=1"; sleep'),
        notifyReady: true,
        startGraceMs: 30_000,
      },
    });
    const first = kept.socket.pid ?? 0;
    process.kill(first, "SIGKILL");
    await until(
      () => kept.tells("found"),
      20_000,
      () => "nobody listens again",
    );
    await kept.cue("go");
    await kept.until(isUp);
    const { pid = 0 } = kept.socket;
    assert.notEqual(pid, first);
    await kept.socket.close();
    await untilGone([pid]);
    const { readdir } = await import("node:fs/promises");
    assert.ok(!(await readdir(kept.folder)).some((name) => name.startsWith("notices")));
  });
});

test("NoticeSocket says why it cannot listen", async () => {
  const place = { folder: "/", env: process.env };
  const listener = { heard: () => {}, lost: () => {}, found: () => {} };
  await assert.rejects(NoticeSocket.open("/nowhere/notices", place, listener), {
    message:
      /^Cannot listen at \/nowhere\/notices for what processes say of themselves: No such file or directory.*take out notify_ready and watchdog_time\.$/,
  });
});
