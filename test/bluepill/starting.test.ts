import assert from "node:assert/strict";
import { chmod, readdir, readFile, readlink, stat } from "node:fs/promises";
import { join } from "node:path";
import { until } from "../harness/processes.ts";
import { type Check, countOf, hold, pill } from "./check.ts";
import type { Side } from "./side.ts";

async function modesOf(side: Side, names: readonly string[]): Promise<readonly string[]> {
  const stats = await Promise.all(names.map((name) => stat(join(side.base, name))));
  return stats.map(({ mode }) => (mode & 0o777).toString(8));
}

/** How many children of a process have ended without being waited for. */
async function zombiesOf(parent: number): Promise<number> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const stats = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/stat`, "latin1").catch(() => "")),
  );
  return stats.filter((text) => text.includes(`) Z ${parent} `)).length;
}

const CHECKS: readonly Check[] = [
  {
    title: "4 without root",
    see: async (side) => {
      const refused = await side.runAsNobody("status");
      const went = await side.runAsNobody("status", "--no-privileged");
      return [refused, went, await side.exists(".bluepill/socks")];
    },
  },
  {
    title: "7 modes of folders and of the socket",
    see: async (side) => {
      await side.load(pill());
      await side.untilState("web", "up");
      return await modesOf(side, ["pids/a", "journals", "socks/a.sock"]);
    },
    better: {
      why: "Nobody else can change whom root sends signals to",
      bluepill: ["777", "777", "755"],
      ours: ["755", "755", "755"],
    },
  },
  {
    title: "load of a pill whose daemon cannot come up",
    see: async (side) => {
      // No socket can have so long a name.
      const text = pill().replace("log_file:", `base_dir: "FOLDER/${"x".repeat(100)}", log_file:`);
      return (await side.run("load", await side.pill(text))).code;
    },
    better: { why: "A script can tell that there is no daemon", bluepill: 0, ours: 5 },
  },
  {
    title: "30 a start command that neither daemonizes itself nor returns",
    see: async (side) => {
      const start = "/bin/sh -c 'echo start >>FOLDER/starts; exec sleep 2'";
      await side.load(pill("p.daemonize = false", start));
      await until(
        async () => (await countOf(side, "starts")) >= 3,
        30_000,
        () => "no third start",
      );
      const log = (await side.file("a.log")) ?? "";
      const daemon = Number(await side.file("base/pids/a.pid"));
      return [
        log.includes("Did you forget to tell bluepill to daemonize this process?"),
        (await zombiesOf(daemon)) > 0,
      ];
    },
    better: {
      why: "What has ended is waited for",
      bluepill: [true, true],
      ours: [true, false],
    },
  },
  {
    title: "31 a start command that begins with cd",
    see: async (side) => {
      await side.load(pill("p.stderr = 'FOLDER/err'", "cd /tmp && exec sleep 1000"));
      let seen = "";
      await until(
        async () => {
          const pid = (await side.states())["web"]?.pid ?? 0;
          const folder = await readlink(`/proc/${pid}/cwd`).catch(() => "");
          const isMissing = /No such file or directory - cd/.test((await side.file("err")) ?? "");
          seen = isMissing ? "no program cd" : folder;
          return isMissing || folder === "/tmp";
        },
        15_000,
        () => "neither runs nor fails",
      );
      return seen;
    },
    better: {
      why: "Published pills have it",
      bluepill: "no program cd",
      ours: "/tmp",
    },
  },
  {
    title: "49 a pill that foreman has written",
    see: async (side) => {
      await side.pill('echo "$@ $PORT" >FOLDER/words; exec sleep 1000', "web.sh");
      const more = `p.environment = {"PORT"=>"5000"}
    p.stop_signals = [:quit, 30.seconds, :term, 5.seconds, :kill]
    p.stop_grace_time = 45.seconds
    p.group = "app-web"
    p.monitor_children do |children|
      children.stop_command "kill {{PID}}"
    end`;
      await side.load(pill(more, "/bin/sh FOLDER/web.sh -p $PORT", "web-1"));
      await side.untilState("web-1", "up");
      return await side.file("words");
    },
    better: {
      why: "No server listens at a port called $PORT",
      bluepill: "-p $PORT 5000\n",
      ours: "-p 5000 5000\n",
    },
  },
  // Only root can be somebody else.
  ...(process.getuid?.() === 0 ? [asSomebodyElse()] : []),
];

function asSomebodyElse(): Check {
  return {
    title: "33 user, group and further groups",
    see: async (side) => {
      // The gem writes the pid file as that user, who has to get there.
      await chmod(side.folder, 0o755);
      await side.load(
        pill("p.uid = 'nobody'; p.gid = 'nogroup'; p.supplementary_groups = ['mail']"),
      );
      const pid = await side.untilState("web", "up");
      const status = await readFile(`/proc/${pid}/status`, "latin1");
      const environment = (await readFile(`/proc/${pid}/environ`, "latin1")).split("\0");
      const ids = status.split("\n").filter((line) => /^(Uid|Gid):/.test(line));
      const groups = /^Groups:\t(.*)$/m.exec(status)?.[1]?.trim().split(" ").map(Number);
      const mail = await groupNamed("mail");
      assert.ok(mail > 0);
      return [ids, groups?.includes(mail), environment.find((line) => line.startsWith("HOME="))];
    },
  };
}

async function groupNamed(name: string): Promise<number> {
  const groups = await readFile("/etc/group", "utf8");
  return Number(new RegExp(`^${name}:[^:]*:(\\d+):`, "m").exec(groups)?.[1]);
}

hold(CHECKS);
