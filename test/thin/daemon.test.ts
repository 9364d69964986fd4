import { chmod, mkdir, readFile, rename, rm, stat } from "node:fs/promises";
import { userInfo } from "node:os";
import { join, resolve } from "node:path";
import { isAlive, until, untilGone } from "../harness/processes.ts";
import { type Check, HI, runChecks } from "./check.ts";
import { type Bundles, foundIn, type Side } from "./side.ts";

const WITH_EVENTMACHINE: Bundles = {
  thin: resolve(import.meta.dirname, "../peers/thin/Gemfile"),
  ours: resolve(import.meta.dirname, "../gems/async/Gemfile"),
};

/** Says where it is at, and answers once the folder holds a file `go`. */
const SLOW = `run ->(env) {
  if env["PATH_INFO"] == "/slow"
    File.write("began", "")
    sleep 0.01 until File.exist?("go")
  end
  [200, { "content-length" => "4" }, ["done"]]
}`;

/** The same from EventMachine's reactor, which goes on meanwhile. */
const LATER = `require "eventmachine"
run ->(env) {
  if env["PATH_INFO"] == "/slow"
    File.write("began", "")
    timer = EventMachine.add_periodic_timer(0.02) do
      if File.exist?("go")
        timer.cancel
        env["async.callback"].call([200, { "content-length" => "4" }, ["done"]])
      end
    end
    throw :async
  end
  [200, { "content-length" => "4" }, ["done"]]
}`;

async function writePid(side: Side, text: string): Promise<void> {
  await mkdir(join(side.folder, "tmp/pids"), { recursive: true });
  await side.write("tmp/pids/thin.pid", text);
}

/** What is under way, and how: only so does Thin hear of anything meanwhile. */
const BUSY = [
  ["in a thread", SLOW, ["--threaded"]],
  ["of an app that answers later", LATER, []],
] as const;

/** A daemon that is busy with one request; what comes of that: the answer's text, or "" for none. */
async function busy(
  side: Side,
  words: readonly string[],
): Promise<{ readonly pid: number; readonly answer: Promise<string> }> {
  const { pid } = await side.daemon(...words);
  const client = await side.connect();
  client.get("/slow");
  const answer = client.read().then(
    ({ text }) => text,
    () => "",
  );
  await until(
    async () => (await side.names(".")).includes("began"),
    20_000,
    () => "the app never began",
  );
  return { pid, answer };
}

const WAITING =
  /^Waiting for 1 connection\(s\) to finish, can take up to \d+ sec, CTRL\+C to stop now$/;

const CHECKS: readonly Check[] = [
  ...(
    [
      ["INT", true],
      ["TERM", false],
    ] as const
  ).map(
    ([name, isSaid]): Check => ({
      number: 13,
      title: `${name} while nothing is asked`,
      see: async (side) => {
        const running = await side.serve();
        running.signal(`SIG${name}`);
        const { code } = await running.exited;
        return [code, side.lines(running.stdout()).includes("Stopping ..."), await side.isSocket()];
      },
      thin: [0, isSaid, false],
    }),
  ),
  {
    number: 13,
    title: "USR2",
    see: async (side) => {
      const running = await side.serve();
      running.signal("SIGUSR2");
      // Where it gets to run its last lines, EventMachine crashes in them.
      if (side.name === "thin") return (await running.exited).code !== 0;
      await running.waitForLine(/Restarting \.\.\./);
      return (await side.answer()).text;
    },
    thin: true,
    better: { why: "no signal that servers are known to take ends ours by accident", ours: "hi\n" },
  },
  {
    number: 13,
    title: "HUP in the foreground",
    see: async (side) => {
      const running = side.start("start", ...side.onPort);
      await side.answerOnPort();
      running.signal("SIGHUP");
      if (side.name === "thin") return (await running.exited).code;
      await running.waitForLine(/Restarting \.\.\./);
      return (await side.answerOnPort()).text;
    },
    thin: 1,
    better: { why: "it restarts, in the same process", ours: "hi\n" },
  },
  {
    number: 14,
    title: "a socket's mode, and one that a killed server left",
    see: async (side) => {
      const { pid } = await side.daemon();
      const mode = await side.mode(side.socket);
      process.kill(pid, "SIGKILL");
      await untilGone([pid]);
      const isLeft = await side.isSocket();
      // Thin takes a zombie for a process, and how long there is one is up to the system.
      await rm(join(side.folder, "tmp/pids/thin.pid"));
      const { went } = await side.daemon();
      return [mode, isLeft, went.code, (await side.answer()).status];
    },
    thin: ["777", true, 0, 200],
  },
  {
    number: 15,
    title: "start -d: pid file, log, title",
    see: async (side) => {
      const went = await side.run("start", "-d", ...side.onPort);
      await side.answerOnPort();
      const pid = await side.pid();
      const [first] = side.lines(await side.file("log/thin.log"));
      const mode = await side.mode(join(side.folder, "tmp/pids/thin.pid"));
      const isBare = (await side.file("tmp/pids/thin.pid")) === String(pid);
      return [went, first, await side.title(pid), isBare, mode];
    },
    thin: [
      { code: 0, stdout: [], stderr: [] },
      "Writing PID to tmp/pids/thin.pid",
      "thin server (127.0.0.1:PORT)",
      true,
      "644",
    ],
  },
  {
    number: 15,
    title: "start -d with an app that does not load",
    rackup: "raise 'No luck'",
    see: async (side) => {
      const { code, stderr } = await side.run("start", "-d", "-S", side.socket);
      await side.untilFileSays("log/thin.log", "No luck");
      return [code, stderr.length];
    },
    thin: [0, 0],
    better: { why: "who deploys has to know that it failed", ours: [1, 1] },
  },
  {
    number: 15,
    title: "umask, folder, input and log of a daemon",
    rackup: `run ->(_) {
      [200, {}, [[File.umask.to_s(8), Dir.pwd, $stdin.read].inspect]]
    }`,
    see: async (side) => {
      await side.daemon("-P", "run/web.pid", "-l", "var/web.log");
      const { text } = await side.answer();
      const log = join(side.folder, "var/web.log");
      return [side.lines(text)[0], await side.mode(log), await side.names("run")];
    },
    thin: ['["22", "FOLDER", ""]', "644", ["web.pid"]],
  },
  {
    number: 15,
    title: "-c: pid file and named log are in that folder, the other log in that of the command",
    see: async (side) => {
      await mkdir(join(side.folder, "app"));
      await rename(join(side.folder, "config.ru"), join(side.folder, "app/config.ru"));
      await side.daemon("-c", "app");
      return [await side.names("app/tmp/pids"), await side.names("log"), await side.names("app")];
    },
    thin: [["thin.pid"], ["thin.log"], ["config.ru", "tmp"]],
  },
  {
    number: 16,
    title: "start -d --tag",
    see: async (side) => {
      const { pid } = await side.daemon("--tag", "x");
      return await side.title(pid);
    },
    thin: "thin server (FOLDER/web.sock) [x]",
  },
  {
    number: 17,
    title: "a second start -d",
    see: async (side) => {
      await side.daemon();
      const { code, stderr } = await side.run("start", "-d", "-S", side.socket);
      return [
        code,
        foundIn(stderr, /tmp\/pids\/thin\.pid already .* delete tmp\/pids\/thin\.pid\./),
      ];
    },
    thin: [
      1,
      "tmp/pids/thin.pid already exists, seems like it's already running (process N). Stop the process or delete tmp/pids/thin.pid.",
    ],
  },
  ...["4194304", ""].map(
    (text): Check => ({
      number: 18,
      title: `start -d over a pid file with "${text}"`,
      see: async (side) => {
        await writePid(side, text);
        return (await side.daemon()).went;
      },
      thin: { code: 0, stdout: ["Deleting stale PID file tmp/pids/thin.pid"], stderr: [] },
    }),
  ),
  {
    number: 19,
    title: "stop",
    see: async (side) => {
      await side.daemon();
      const { code, stdout } = await side.run("stop");
      return [
        code,
        stdout[0],
        stdout.includes("Exiting!"),
        await side.names(),
        await side.isSocket(),
      ];
    },
    thin: [0, "Sending QUIT signal to process N ... ", true, [], false],
  },
  {
    number: 20,
    title: "stop without a pid file",
    see: async (side) => {
      const { code, stderr } = await side.run("stop");
      return [code, foundIn(stderr, /Can't stop process, no PID found in tmp\/pids\/thin\.pid/)];
    },
    thin: [1, "Can't stop process, no PID found in tmp/pids/thin.pid"],
  },
  {
    number: 21,
    title: "stop of a process that is gone",
    see: async (side) => {
      await writePid(side, "4194304");
      const { code, stdout } = await side.run("stop");
      return [code, stdout.slice(0, 2), await side.names()];
    },
    thin: [1, ["Sending QUIT signal to process N ... ", "process not found!"], ["thin.pid"]],
    better: {
      why: "a pid file of nobody is in the way of the next start",
      ours: [1, ["Sending QUIT signal to process N ... ", "process not found!"], []],
    },
  },
  ...[["-f"], ["-t", "0"]].map(
    (words): Check => ({
      // Whether Thin gets to remove its socket before it is killed is a matter of luck.
      number: 22,
      title: `stop ${words.join(" ")}`,
      see: async (side) => {
        await side.daemon();
        const { code, stdout } = await side.run("stop", ...words);
        return [code, stdout[0], await side.names()];
      },
      thin: [0, "Sending INT signal to process N ... ", []],
    }),
  ),
  ...BUSY.map(
    ([title, rackup, words]): Check => ({
      number: 23,
      title: `stop while a request is under way, ${title}`,
      rackup,
      bundles: WITH_EVENTMACHINE,
      see: async (side) => {
        const { answer } = await busy(side, words);
        const stopping = side.run("stop");
        await side.untilFileSays("log/thin.log", "Waiting for 1 connection(s)");
        const isTaken = await side.connect().then(
          () => true,
          () => false,
        );
        await side.write("go", "");
        const text = await answer;
        const { code, stdout } = await stopping;
        return [text, isTaken, code, stdout.filter((line) => WAITING.test(line)).length];
      },
      thin: ["done", false, 0, 1],
    }),
  ),
  {
    number: 23,
    title: "stop while a connection has said nothing",
    see: async (side) => {
      await side.daemon();
      const client = await side.connect();
      // As clients do: it goes when it is let go.
      void client.rest().then(() => client.socket.destroy());
      const { code, stdout } = await side.run("stop", "-t", "3");
      return [code, stdout.includes("Timeout!")];
    },
    thin: [0, true],
    better: { why: "nobody waits for an answer", ours: [0, false] },
  },
  {
    number: 23,
    title: "an app that answers with a word and nothing else",
    rackup: 'run ->(env) { env["PATH_INFO"] == "/word" ? "word" : [200, {}, ["hi"]] }',
    see: async (side) => {
      const { pid } = await side.daemon();
      const client = await side.connect();
      client.get("/word");
      const status = await client.read().then(
        ({ status }) => status,
        () => 0,
      );
      if (side.name === "thin") await untilGone([pid]);
      return [status, await isAlive(pid)];
    },
    thin: [0, false],
    better: { why: "it is a failure of one request", ours: [500, true] },
  },
  {
    number: 24,
    title: "stop -t 1 while a request is under way that takes longer",
    rackup: SLOW,
    see: async (side) => {
      const { answer } = await busy(side, ["--threaded"]);
      const { code, stdout } = await side.run("stop", "-t", "1");
      return [await answer, code, stdout.includes("Timeout!"), await side.names()];
    },
    thin: ["", 0, true, []],
  },
  {
    number: 25,
    title: "QUIT twice while a request is under way",
    rackup: SLOW,
    see: async (side) => {
      const { pid, answer } = await busy(side, ["--threaded"]);
      process.kill(pid, "SIGQUIT");
      await side.untilFileSays("log/thin.log", "Waiting for 1 connection(s)");
      process.kill(pid, "SIGQUIT");
      await untilGone([pid]);
      return [await answer, side.lines(await side.file("log/thin.log")).includes("Stopping ...")];
    },
    thin: ["", true],
  },
  {
    number: 26,
    title: "restart",
    // Thin's own restart only works where loading takes longer than it takes the old process to go.
    rackup: `sleep 1.5\n${HI}`,
    see: async (side) => {
      const { pid } = await side.daemon();
      const { code, stdout } = await side.run("restart");
      await until(
        async () => (await side.pid()) > 0,
        20_000,
        () => "no pid file",
      );
      const { text } = await side.answer();
      return [code, stdout[0], stdout.includes("Restarting ..."), (await side.pid()) === pid, text];
    },
    thin: [0, "Sending HUP signal to process N ... ", true, false, "hi\n"],
    better: {
      why: "the same process goes on, and no request is lost",
      ours: [0, "Sending HUP signal to process N ... ", true, true, "hi\n"],
    },
  },
  {
    number: 26,
    title: "restart with an app that does not load any more",
    see: async (side) => {
      await side.daemon();
      await side.write("config.ru", "raise 'No luck'");
      const { code } = await side.run("restart");
      await side.untilFileSays("log/thin.log", "No luck");
      if (side.name === "thin") return [code];
      return [code, (await side.answer()).text];
    },
    thin: [0],
    better: { why: "it is said, and the old code serves on", ours: [1, "hi\n"] },
  },
  {
    number: 26,
    title: "restart without a pid file",
    see: async (side) => {
      const { code, stderr } = await side.run("restart");
      return [code, foundIn(stderr, /Can't stop process, no PID found in tmp\/pids\/thin\.pid/)];
    },
    thin: [1, "Can't stop process, no PID found in tmp/pids/thin.pid"],
  },
  {
    number: 27,
    title: "USR1 after the log was moved away",
    see: async (side) => {
      const { pid } = await side.daemon();
      const log = join(side.folder, "log/thin.log");
      await rename(log, `${log}.1`);
      process.kill(pid, "SIGUSR1");
      await until(
        async () => (await side.names("log")).includes("thin.log"),
        20_000,
        () => "no new log",
      );
      const last = side.lines(await side.file("log/thin.log.1")).slice(-1)[0];
      return [last, (await side.answer()).status];
    },
    thin: ["Reopening log file: FOLDER/log/thin.log", 200],
  },
  {
    number: 27,
    title: "USR1 in the foreground without a folder for logs",
    see: async (side) => {
      const running = await side.serve();
      running.signal("SIGUSR1");
      if (side.name === "thin") return (await running.exited).code;
      return (await side.answer()).text;
    },
    thin: 1,
    better: { why: "there is no log to reopen", ours: "hi\n" },
  },
  ...(userInfo().uid === 0 ? asRoot() : []),
];

/** What only root can see. */
function asRoot(): readonly Check[] {
  const uidOf = async (pid: number, side: Side): Promise<readonly unknown[]> => {
    const uid = Number(/^Uid:\t(\d+)/m.exec(await readFile(`/proc/${pid}/status`, "latin1"))?.[1]);
    return [uid, (await stat(join(side.folder, "tmp/pids/thin.pid"))).uid];
  };
  const open = async (side: Side): Promise<void> => {
    await chmod(side.folder, 0o777);
  };
  return [
    {
      number: 49,
      title: "-u and -g of a daemon",
      rackup: "run ->(_) { [200, {}, [Process.uid.to_s]] }",
      see: async (side) => {
        await open(side);
        const { pid } = await side.daemon("-u", "nobody", "-g", "nogroup");
        return [...(await uidOf(pid, side)), (await side.answer()).text];
      },
      thin: [65534, 65534, "65534"],
    },
    {
      number: 49,
      title: "USER and HOME of a daemon that is somebody else",
      rackup: "run ->(_) { [200, {}, [ENV.values_at('USER', 'HOME').inspect]] }",
      see: async (side) => {
        await open(side);
        await side.daemon("-u", "nobody", "-g", "nogroup");
        return (await side.answer()).text;
      },
      thin: '["nobody", "/nonexistent"]',
    },
    {
      number: 49,
      title: "-u and -g of nobody there is",
      see: async (side) => {
        const { code, stderr } = await side.run(
          "start",
          "-d",
          "-u",
          "no-such",
          "-g",
          "nogroup",
          "-S",
          side.socket,
        );
        if (side.name === "ours") return [code, stderr.length];
        await side.untilFileSays("log/thin.log", "can't find user for no-such");
        return [code, stderr.length];
      },
      thin: [0, 0],
      better: { why: "who starts it has to know", ours: [1, 1] },
    },
    {
      number: 49,
      title: "-u without -g",
      rackup: "run ->(_) { [200, {}, [Process.uid.to_s]] }",
      see: async (side) => {
        await open(side);
        const { pid } = await side.daemon("-u", "nobody");
        return [...(await uidOf(pid, side)), (await side.answer()).text];
      },
      thin: [0, 0, "0"],
      better: {
        why: "who asks for a user does not want to be root",
        ours: [65534, 65534, "65534"],
      },
    },
  ];
}

runChecks(CHECKS);
