import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before } from "node:test";
import { isAlive, until } from "../harness/processes.ts";
import { application, type Check, countOf, hold, pill } from "./check.ts";
import type { Side } from "./side.ts";

/** A process that ends at once, and is started again `retry` seconds after it was found to flap. */
function flaps(name: string, retry: number): string {
  return `app.process("${name}") do |p|
    p.start_command = %q(/bin/sh -c 'echo start >>FOLDER/${name}')
    p.daemonize = true
    p.start_grace_time = 1
    p.checks :flapping, times: 2, within: 30, retry_in: ${retry}
  end
`;
}

/** Resolves once the log has said `text` of the process `name` so many times. */
async function untilSaid(side: Side, name: string, text: string, times: number): Promise<void> {
  const lines = async (): Promise<readonly string[]> =>
    ((await side.file("a.log")) ?? "").split("\n").filter((line) => line.includes(`[a:${name}] `));
  await until(
    async () => (await lines()).filter((line) => line.includes(text)).length >= times,
    40_000,
    async () => `${side.name} does not say so: ${text}, but:\n${(await lines()).join("\n")}`,
  );
}

/** A pill that is loaded and then is the end of bluepill's daemon, or that is refused. */
function deadly(title: string, more: string): Check {
  return {
    title,
    see: async (side) => {
      const { code } = await side.run("load", await side.pill(pill(more, DEADLY)));
      if (code !== 0) return code;
      await side.untilLoaded();
      const status = async (): Promise<number> => (await side.run("status")).code;
      await until(
        async () => (await status()) === 2,
        20_000,
        () => "the daemon lives",
      );
      return "its daemon died";
    },
    better: {
      why: "A mistake is refused, and not the end of the daemon",
      bluepill: "its daemon died",
      ours: 6,
    },
  };
}

/** With a child, for those that look at children. */
const DEADLY = "/bin/sh -c 'sleep 1000 & wait'";

const server = createServer((request, response) => {
  // What asks for /hang is never answered.
  if (request.url !== "/hang") response.writeHead(request.url === "/ok" ? 200 : 404).end();
});
before(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve)));
after(() => {
  server.closeAllConnections();
  server.close();
});

function asks(name: string, path: string, options: string): string {
  return `app.process("${name}") do |p|
    p.start_command = "/bin/sleep 1000"
    p.daemonize = true
    p.start_grace_time = p.stop_grace_time = p.restart_grace_time = 1
    p.checks :http, every: 1, url: "http://127.0.0.1:${path}", ${options}
  end
`;
}

const CHECKS: readonly Check[] = [
  {
    title: "34 what flaps is left alone, and started again after its time or never",
    see: async (side) => {
      await side.load(application(flaps("web", 2) + flaps("never", 0)));
      await untilSaid(side, "never", "Flapping detected", 1);
      await untilSaid(side, "web", "Flapping detected", 2);
      return [await countOf(side, "web"), await countOf(side, "never")];
    },
  },
  {
    title: "35 stop and unmonitor of what waits because it flaps",
    see: async (side) => {
      await side.load(application(flaps("web", 15) + flaps("alone", 15) + flaps("left", 15)));
      for (const name of ["web", "alone", "left"])
        await untilSaid(side, name, "Flapping detected", 1);
      await side.run("unmonitor", "alone");
      await side.run("stop", "web");
      await untilSaid(side, "left", "Flapping detected", 2);
      return [await countOf(side, "web"), await countOf(side, "alone")];
    },
    better: {
      why: "What was stopped came back",
      bluepill: [2, 1],
      ours: [1, 1],
    },
  },
  {
    title: "36 http checks",
    see: async (side) => {
      const { port } = server.address() as AddressInfo;
      await side.load(
        application(
          asks("ok", `${port}/ok`, "kind: :success") +
            asks("missing", `${port}/missing`, "times: [2, 3]") +
            // Port 1 is nobody's.
            asks("refused", "1/", "fires: :stop") +
            asks("hang", `${port}/hang`, "timeout: 1, fires: :unmonitor"),
        ),
      );
      const pid = await side.untilState("ok", "up");
      const hanging = await side.untilState("hang", "unmonitored");
      await untilSaid(side, "missing", "Going from up => restarting", 1);
      await untilSaid(side, "refused", "Going from stopping => down", 1);
      await untilSaid(side, "refused", "Going from down => starting", 2);
      const { ok } = await side.states();
      return [ok?.state, ok?.pid === pid, await isAlive(hanging)];
    },
  },
  deadly("37 a check without every", "p.checks :running_time, below: 1000"),
  deadly("37 a cpu check without below", "p.checks :cpu_usage, every: 1"),
  deadly(
    "37 a check that fires what there is not",
    "p.checks :mem_usage, every: 1, below: 1, fires: :explode",
  ),
  deadly(
    "40 children without a stop command",
    "p.monitor_children { |c| c.checks :mem_usage, every: 1, below: 1 }",
  ),
  {
    title: "38 a memory check without below",
    see: async (side) => {
      const text = pill("p.checks :mem_usage, every: 1");
      const { code } = await side.run("load", await side.pill(text));
      if (code !== 0) return code;
      await side.untilLoaded();
      const pid = await side.untilState("web", "up");
      await until(
        async () => ((await side.file("a.log"))?.match(/mem_usage: \[/g)?.length ?? 0) >= 3,
        20_000,
        () => "it takes no samples",
      );
      return (await side.states())["web"]?.pid === pid ? "never fires" : "fired";
    },
    better: {
      why: "What never fires is a mistake",
      bluepill: "never fires",
      ours: 6,
    },
  },
  {
    title: "39 the workers of a server that are too big",
    see: async (side) => {
      const prefork = join(import.meta.dirname, "pills/prefork.rb");
      const more = `p.monitor_children do |c|
      c.stop_command = "kill -QUIT {{PID}}"
      c.checks :mem_usage, every: 1, below: 1.kilobyte, times: [2, 3], fires: :stop
    end`;
      await side.load(pill(more, `ruby ${prefork} FOLDER/web.pid FOLDER/web.log 2`));
      const pid = await side.untilState("web", "up");
      let stdout: readonly string[] = [];
      await until(
        async () => {
          stdout = (await side.run("status")).stdout;
          return stdout.length > 3;
        },
        20_000,
        () => "no children are shown",
      );
      await until(
        async () => ((await side.file("web.log"))?.match(/worker QUIT/g)?.length ?? 0) >= 2,
        20_000,
        () => "no worker is sent QUIT",
      );
      // Their states change at this moment.
      return [stdout.map((line) => line.replace(/: \w+$/, "")), await isAlive(pid)];
    },
  },
  {
    title: "50 a check and a trigger of the pill's own",
    see: async (side) => {
      await side.load(`class Bluepill::ProcessConditions::BadFile < Bluepill::ProcessConditions::ProcessCondition
  def run(_pid, _include_children)
    # Once is enough.
    File.exist?(@options[:file]) && File.delete(@options[:file]) == 1
  end

  def check(value)
    !value
  end
end

class Teller < Bluepill::Trigger
  def initialize(process, options = {})
    @to = options[:to]
    super
  end

  def notify(transition)
    return if transition.loopback?

    File.open(@to, "a") { |file| file.puts("#{transition.from_name} #{transition.to_name}") }
  end
end

${pill("p.checks :bad_file, every: 1, file: 'FOLDER/bad'\n    p.checks :teller, to: 'FOLDER/told'")}`);
      const pid = await side.untilState("web", "up");
      await writeFile(join(side.folder, "bad"), "");
      await side.untilState("web", "up", pid);
      const told = (await side.file("told"))?.split("\n").filter((line) => line !== "");
      return [...new Set(told)].slice(0, 3);
    },
  },
];

hold(CHECKS);
