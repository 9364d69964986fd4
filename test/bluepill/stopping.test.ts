import { readFile } from "node:fs/promises";
import { isAlive, until, untilGone } from "../harness/processes.ts";
import { type Check, countOf, hold, pill } from "./check.ts";
import type { Side } from "./side.ts";

/** Writes down what it is sent, and goes on. */
const STUBBORN = `trap 'echo quit >>FOLDER/signals' QUIT
trap 'echo term >>FOLDER/signals' TERM
echo ready >>FOLDER/ready
while :; do sleep 0.1; done
`;

/** Loads a pill with the process that goes on, and waits until it hears signals. */
async function loadStubborn(side: Side, more: string): Promise<number> {
  await side.pill(STUBBORN, "stubborn.sh");
  await side.load(pill(more, "/bin/sh FOLDER/stubborn.sh"));
  const pid = await side.untilState("web", "up");
  await until(
    () => side.exists("ready"),
    30_000,
    () => "it is not ready",
  );
  return pid;
}

/** Those that this side has started and that run `sleep 1000`. */
async function sleepers(side: Side): Promise<number> {
  const lines = await Promise.all(
    (await side.processes()).map((pid) =>
      readFile(`/proc/${pid}/cmdline`, "latin1").catch(() => ""),
    ),
  );
  return lines.filter((line) => /^(\/bin\/)?sleep\0/.test(line)).length;
}

const CHECKS: readonly Check[] = [
  {
    title: "13 restart of what is up",
    see: async (side) => {
      await side.load(pill());
      const pid = await side.untilState("web", "up");
      await side.run("restart", "web");
      await side.untilState("web", "up", pid);
      const { stdout } = await side.run("status", "web");
      return [await isAlive(pid), stdout.some((line) => / restart at .* - user init/.test(line))];
    },
    better: {
      why: "The history says who has restarted it",
      bluepill: [false, false],
      ours: [false, true],
    },
  },
  {
    title: "26 a ladder of signals, by a process that ends of none but KILL",
    see: async (side) => {
      const pid = await loadStubborn(
        side,
        "p.stop_signals = [:quit, 1, :term, 1, :kill]; p.stop_grace_time = 4",
      );
      await side.run("stop");
      const seen = [(await side.states())["web"]?.state, await isAlive(pid)];
      await untilGone([pid]);
      await until(
        async () => !(await side.exists("base/pids/a/web.pid")),
        30_000,
        async () => `the pid file stays: ${await side.file("a.log")}`,
      );
      return [...seen, await side.file("signals")];
    },
    better: {
      why: "stop is back when the process is gone",
      bluepill: ["unmonitored", true, "quit\nterm\n"],
      orBluepill: ["unmonitored", false, "quit\nterm\n"],
      ours: ["unmonitored", false, "quit\nterm\n"],
    },
  },
  {
    title: "27 the default stop of a process that ignores TERM",
    see: async (side) => {
      const pid = await loadStubborn(side, "");
      const { code } = await side.run("stop");
      await side.untilState("web", "unmonitored");
      return [code, await side.exists("base/pids/a/web.pid"), await isAlive(pid)];
    },
    better: {
      why: "It went on, and nobody knew of it",
      bluepill: [0, false, true],
      ours: [0, false, false],
    },
  },
  {
    title: "29 a stop command that takes longer than the grace time",
    see: async (side) => {
      await side.pill("echo stop >>FOLDER/stops; exec sleep 3", "stop.sh");
      await side.load(pill("p.stop_command = '/bin/sh FOLDER/stop.sh'"));
      const pid = await side.untilState("web", "up");
      await side.run("stop");
      await untilGone([pid]);
      await side.untilState("web", "unmonitored");
      return await countOf(side, "stops");
    },
    better: { why: "An order is carried out once", bluepill: 2, ours: 1 },
  },
  {
    title: "a stop command that asks for a graceful end",
    see: async (side) => {
      const drains = `trap 'sleep 0.5; echo drained >FOLDER/drained; exit' QUIT
echo ready >FOLDER/ready
while :; do sleep 0.1; done
`;
      await side.pill(drains, "drains.sh");
      const more = "p.stop_command = 'kill -QUIT {{PID}}'; p.stop_grace_time = 5";
      await side.load(pill(more, "/bin/sh FOLDER/drains.sh"));
      const pid = await side.untilState("web", "up");
      await until(
        () => side.exists("ready"),
        30_000,
        () => "it is not ready",
      );
      await side.run("stop");
      await untilGone([pid]);
      return await side.exists("drained");
    },
    better: { why: "TERM came before it could end gracefully", bluepill: false, ours: true },
  },
  {
    title: "46 restart with a ladder of signals",
    see: async (side) => {
      await side.load(pill("p.stop_signals = [:term, 1, :kill]; p.stop_grace_time = 3"));
      const first = await side.untilState("web", "up");
      await side.run("restart");
      const started = async (): Promise<number> => Number(await side.file("base/pids/a/web.pid"));
      await until(
        async () => ![0, Number.NaN, first].includes(await started()),
        30_000,
        () => "no second one",
      );
      // The rest of the first one's ladder would be over in a second.
      return await untilGone([await started()], 3_000).then(
        () => "ended",
        () => "goes on",
      );
    },
    better: {
      why: "The new process was ended by the old one's ladder",
      bluepill: "ended",
      orBluepill: "goes on",
      ours: "goes on",
    },
  },
  {
    title: "48 restart and at once stop of what daemonizes itself",
    see: async (side) => {
      const daemonize = "setsid sleep 1000 </dev/null >/dev/null 2>&1 & echo $! >FOLDER/web.pid";
      await side.pill(daemonize, "start.sh");
      const more = "p.daemonize = false; p.pid_file = 'FOLDER/web.pid'";
      await side.load(pill(more, "/bin/sh FOLDER/start.sh"));
      const pid = await side.untilState("web", "up");
      await side.run("restart");
      await side.run("stop");
      await untilGone([pid]);
      return [await sleepers(side), await side.exists("web.pid")];
    },
    better: {
      why: "The new process went on, and nobody knew of it",
      bluepill: [1, false],
      orBluepill: [0, false],
      ours: [0, false],
    },
  },
];

hold(CHECKS);
