import assert from "node:assert/strict";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { until, untilGone } from "../harness/processes.ts";
import { bothSides, type Side } from "./side.ts";

const HI =
  'run ->(_) { [200, { "content-type" => "text/plain", "content-length" => "3" }, ["hi\\n"]] }';

/** One thing that Thin's users rely on, seen on both sides. */
interface Check {
  readonly title: string;
  readonly rackup?: string;
  /** What is seen on one side; whatever differs from one time to the next is left out. */
  readonly see: (side: Side) => Promise<unknown>;
  /** Where ours is not to do as Thin: why, and what either does. */
  readonly better?: { readonly why: string; readonly thin: unknown; readonly ours: unknown };
}

async function writePid(side: Side, text: string): Promise<void> {
  await mkdir(join(side.folder, "tmp/pids"), { recursive: true });
  await writeFile(join(side.folder, "tmp/pids/thin.pid"), text);
}

/** A daemon that answers: Thin's parent is back long before. */
async function daemon(side: Side, ...words: readonly string[]) {
  const went = await side.run("start", "-d", "-S", side.socket, ...words);
  await side.answer();
  return { went, pid: await side.pid() };
}

const CHECKS: readonly Check[] = [
  {
    title: "without a command",
    see: async (side) => {
      const { code, stdout } = await side.run();
      return [code, stdout[0], stdout[1]];
    },
  },
  {
    title: "an unknown command",
    see: (side) => side.run("foo"),
  },
  {
    title: "an unknown option",
    see: async (side) => {
      const { code, stderr } = await side.run("--bogus", "start");
      return [code, /invalid option: --bogus/.test(stderr[0] ?? "")];
    },
  },
  {
    title: "-v beside a command",
    see: async (side) => {
      const { code, stdout } = await side.run("start", "-v");
      return [code, stdout[0]?.slice(0, 31)];
    },
  },
  {
    title: "a folder without an app",
    see: async (side) => {
      await rm(join(side.folder, "config.ru"));
      return await side.run("start");
    },
  },
  {
    title: "a rackup file of another kind",
    see: async (side) => {
      const { code, stderr } = await side.run("start", "-R", "x.txt");
      return [code, /Invalid rackup file\. {2}please specify/.test(stderr.join("\n"))];
    },
  },
  ...["INT", "TERM"].map(
    (name): Check => ({
      title: `${name} while nothing is asked`,
      see: async (side) => {
        const running = side.start("start", "-S", side.socket);
        await side.answer();
        running.signal(`SIG${name}` as NodeJS.Signals);
        const { code } = await running.exited;
        const isSaid = side.lines(running.stdout()).includes("Stopping ...");
        return [code, isSaid, await side.isSocket()];
      },
    }),
  ),
  {
    title: "the banner",
    see: async (side) => {
      const running = side.start("start", "-S", side.socket);
      await side.answer();
      running.signal("SIGINT");
      await running.exited;
      const lines = side.lines(running.stdout());
      return [...lines.slice(0, 4).map((line) => line.replace(/, by Gossamer [\d.]+/, ""))];
    },
  },
  {
    title: "a socket's mode, and one that a killed server left",
    see: async (side) => {
      const { pid } = await daemon(side);
      const mode = await side.mode(side.socket);
      process.kill(pid, "SIGKILL");
      await untilGone([pid]);
      const isLeft = await side.isSocket();
      // Thin takes a zombie for a process, and how long there is one is up to the system.
      await rm(join(side.folder, "tmp/pids/thin.pid"));
      const { went } = await daemon(side);
      const { status } = await side.answer();
      return [mode, isLeft, went.code, status];
    },
  },
  {
    title: "start -d: log, title, pid file",
    see: async (side) => {
      const { went, pid } = await daemon(side, "--tag", "x");
      const [first] = side.lines(await side.file("log/thin.log"));
      const mode = await side.mode(join(side.folder, "tmp/pids/thin.pid"));
      return [went, first, await side.title(pid), await side.file("tmp/pids/thin.pid"), mode].map(
        (one) => (one === String(pid) ? "the pid" : one),
      );
    },
  },
  {
    title: "a second start -d",
    see: async (side) => {
      await daemon(side);
      const { code, stderr } = await side.run("start", "-d", "-S", side.socket);
      const said = stderr.find((line) => line.includes("already exists")) ?? "";
      return [code, said.replace(/^.*?(?=tmp\/pids)/, "").replace(/ \(Thin::.*$/, "")];
    },
  },
  ...["4194304", ""].map(
    (text): Check => ({
      title: `start -d over a pid file with "${text}"`,
      see: async (side) => {
        await writePid(side, text);
        return (await daemon(side)).went;
      },
    }),
  ),
  {
    title: "start -d with an app that does not load",
    rackup: "raise 'No luck'",
    see: async (side) => {
      const { code, stderr } = await side.run("start", "-d", "-S", side.socket);
      await until(
        async () => (await side.file("log/thin.log")).includes("No luck"),
        20_000,
        () => "the log says nothing",
      );
      return [code, stderr.length];
    },
    better: {
      why: "who deploys has to know that it failed",
      thin: [0, 0],
      ours: [1, 1],
    },
  },
  {
    title: "stop",
    see: async (side) => {
      await daemon(side);
      const { code, stdout } = await side.run("stop");
      return [code, stdout[0], await side.pidFiles(), await side.isSocket()];
    },
  },
  {
    title: "stop without a pid file",
    see: async (side) => {
      const { code, stderr } = await side.run("stop");
      const said = stderr.find((line) => line.includes("no PID found")) ?? "";
      return [code, said.replace(/^.*?(?=Can't)/, "").replace(/ \(Thin::.*$/, "")];
    },
  },
  {
    title: "stop of a process that is gone",
    see: async (side) => {
      await writePid(side, "4194304");
      const { code, stdout } = await side.run("stop");
      return [code, stdout.slice(0, 2), await side.pidFiles()];
    },
    better: {
      why: "a pid file of nobody is in the way of the next start",
      thin: [1, ["Sending QUIT signal to process N ... ", "process not found!"], ["thin.pid"]],
      ours: [1, ["Sending QUIT signal to process N ... ", "process not found!"], []],
    },
  },
  {
    // Whether Thin gets to remove its socket before it is killed is a matter of luck.
    title: "stop -f",
    see: async (side) => {
      await daemon(side);
      const { code, stdout } = await side.run("stop", "-f");
      return [code, stdout[0], await side.pidFiles()];
    },
  },
  {
    title: "USR1 after the log was moved away",
    see: async (side) => {
      const { pid } = await daemon(side);
      const log = join(side.folder, "log/thin.log");
      await rename(log, `${log}.1`);
      process.kill(pid, "SIGUSR1");
      await until(
        async () =>
          (await side.pidFiles()).length === 1 && (await side.mode(log).catch(() => "")) !== "",
        20_000,
        () => "no new log",
      );
      return [
        side.lines(await side.file("log/thin.log.1")).slice(-1)[0],
        (await side.answer()).status,
      ];
    },
  },
  {
    title: "start -s 2 on sockets",
    see: async (side) => {
      const { code, stdout } = await side.run("start", "-s", "2", "-S", side.socket);
      const sockets = [0, 1].map((member) => join(side.folder, `web.${member}.sock`));
      const answers = await Promise.all(sockets.map((socket) => side.answer("/", socket)));
      const starting = stdout.filter((line) => line.startsWith("Starting")).sort();
      return [code, starting, answers.map(({ text }) => text), await side.pidFiles()];
    },
  },
  {
    title: "the environment that the app sees",
    rackup: 'run ->(_) { [200, {}, [ENV["RACK_ENV"]]] }',
    see: async (side) => {
      await daemon(side, "-e", "staging");
      return (await side.answer()).text;
    },
  },
];

for (const { title, rackup = HI, see, better } of CHECKS) {
  const words =
    better === undefined ? "does as Thin does" : `does better than Thin (${better.why})`;
  test(`thin ${words}: ${title}`, async (t) => {
    const [thin, ours] = await Promise.all((await bothSides(t, rackup)).map(see));
    assert.deepEqual(thin, better === undefined ? thin : better.thin, "what Thin does");
    assert.deepEqual(ours, better === undefined ? thin : better.ours, "what ours does");
  });
}
