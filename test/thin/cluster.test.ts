import { join } from "node:path";
import { type Check, runChecks } from "./check.ts";
import type { Side } from "./side.ts";

const TOO_SLOW = /The server didn't start in time\. Please look at server's log file/;

/** The lines that say which server something is done to, in the order of their names: ours go side by side. */
function said(stdout: readonly string[], verb: string): readonly string[] {
  return stdout.filter((line) => line.startsWith(`${verb} server on`)).sort();
}

async function listening(side: Side, count = 3): Promise<readonly boolean[]> {
  const found = [];
  for (let member = 0; member < count; member += 1) found.push(await side.isListening(member));
  return found;
}

/** Servers on ports, each of which answers. */
async function cluster(side: Side, count = 3) {
  const went = await side.run("start", "-s", String(count), ...side.onPort);
  for (let member = 0; member < count; member += 1) await side.answerOnPort(member);
  return went;
}

const CHECKS: readonly Check[] = [
  {
    number: 28,
    title: "start -s 3 on ports",
    see: async (side) => {
      const { code, stdout } = await cluster(side);
      return [code, said(stdout, "Starting"), await side.names(), await side.names("log")];
    },
    thin: [
      0,
      [
        "Starting server on 127.0.0.1:PORT ... ",
        "Starting server on 127.0.0.1:PORT+1 ... ",
        "Starting server on 127.0.0.1:PORT+2 ... ",
      ],
      ["thin.PORT+1.pid", "thin.PORT+2.pid", "thin.PORT.pid"],
      ["thin.PORT+1.log", "thin.PORT+2.log", "thin.PORT.log"],
    ],
  },
  {
    number: 28,
    title: "start -s with a word for a number",
    see: async (side) => {
      const { code, stdout, stderr } = await side.run("start", "-s", "x", "-S", side.socket);
      return [code, stdout, stderr];
    },
    thin: [0, [], []],
  },
  {
    number: 28,
    title: "start -s with an app that does not load",
    rackup: "raise 'No luck'",
    see: async (side) => {
      const { code } = await side.run("start", "-s", "2", "-S", side.socket);
      for (const member of [0, 1]) await side.untilFileSays(`log/thin.${member}.log`, "No luck");
      return code;
    },
    thin: 0,
    better: { why: "who deploys has to know that it failed", ours: 1 },
  },
  ...(
    [
      ["a member", (_: Side) => "1"],
      ["a port", (side: Side) => String(side.port + 1)],
    ] as const
  ).map(
    ([what, only]): Check => ({
      number: 29,
      title: `-o with ${what}`,
      see: async (side) => {
        await cluster(side);
        const words = ["-s", "3", ...side.onPort, "-o", only(side)];
        const { code, stdout } = await side.run("stop", ...words);
        return [code, said(stdout, "Stopping"), await listening(side)];
      },
      thin: [0, ["Stopping server on 127.0.0.1:PORT+1 ... "], [true, false, true]],
    }),
  ),
  {
    number: 30,
    title: "start -s 2 on sockets, and stop",
    see: async (side) => {
      const { code, stdout } = await side.run("start", "-s", "2", "-S", side.socket);
      const sockets = [0, 1].map((member) => join(side.folder, `web.${member}.sock`));
      const answers = await Promise.all(sockets.map((socket) => side.answer("/", socket)));
      const names = [await side.names(), await side.names("log")];
      const stopped = await side.run("stop", "-s", "2", "-S", side.socket);
      const areThere = await Promise.all(sockets.map((socket) => side.isSocket(socket)));
      const texts = answers.map(({ text }) => text);
      return [code, said(stdout, "Starting"), texts, names, stopped.code, areThere];
    },
    thin: [
      0,
      ["Starting server on FOLDER/web.0.sock ... ", "Starting server on FOLDER/web.1.sock ... "],
      ["hi\n", "hi\n"],
      [
        ["thin.0.pid", "thin.1.pid"],
        ["thin.0.log", "thin.1.log"],
      ],
      0,
      [false, false],
    ],
  },
  {
    number: 31,
    title: "restart -O, one after the other",
    see: async (side) => {
      await cluster(side, 2);
      const { code, stdout } = await side.run("restart", "-O", "-s", "2", ...side.onPort);
      const waits = stdout.filter((line) => line === "Waiting for server to start ...").length;
      const members = stdout.flatMap(
        (line) => /^(\w+) server on \S+:(\S+)/.exec(line)?.slice(1, 3).join(" ") ?? [],
      );
      for (const member of [0, 1]) await side.answerOnPort(member);
      return [code, waits, members];
    },
    thin: [0, 2, ["Stopping PORT", "Starting PORT", "Stopping PORT+1", "Starting PORT+1"]],
    better: {
      why: "a server that restarts is never stopped",
      ours: [0, 2, ["Restarting PORT", "Restarting PORT+1"]],
    },
  },
  {
    number: 32,
    title: "restart -O -w with an app that does not load any more",
    see: async (side) => {
      await cluster(side, 2);
      await side.write("config.ru", "raise 'No luck'");
      const words = ["restart", "-O", "-w", "2", "-s", "2", ...side.onPort];
      const { code, stderr } = await side.run(...words);
      return [code, stderr.some((line) => TOO_SLOW.test(line)), await listening(side, 2)];
    },
    thin: [1, true, [false, true]],
    better: {
      why: "it is said what is wrong, and the old code serves on everywhere",
      ours: [1, false, [true, true]],
    },
  },
  {
    number: 32,
    title: "restart -O -w with an app that takes too long",
    see: async (side) => {
      await cluster(side, 2);
      await side.write(
        "config.ru",
        "sleep 0.01 until File.exist?('go')\nrun ->(_) { [200, {}, ['new']] }",
      );
      const words = ["restart", "-O", "-w", "2", "-s", "2", ...side.onPort];
      const { code, stderr } = await side.run(...words);
      const others = (await listening(side, 2)).slice(1);
      await side.write("go", "");
      return [code, stderr.some((line) => TOO_SLOW.test(line)), others];
    },
    thin: [1, true, [true]],
  },
  {
    number: 35,
    title: "a config file of a cluster with a key that nobody knows",
    see: async (side) => {
      await side.write("thin.yml", `servers: 1\nsocket: ${side.socket}\nbogus: 1\n`);
      const { code, stdout, stderr } = await side.run("start", "-C", "thin.yml");
      const all = [...stdout, ...stderr].join("\n");
      if (side.name === "thin") return [code, /invalid option: --bogus=1/.test(all)];
      const { text } = await side.answer("/", join(side.folder, "web.0.sock"));
      return [code, /Unknown key bogus in thin\.yml is ignored/.test(all), text];
    },
    thin: [0, true],
    better: { why: "it is named, and the servers start", ours: [0, true, "hi\n"] },
  },
];

runChecks(CHECKS);
