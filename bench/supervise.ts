import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { gemEnvironment } from "../scripts/gems.mjs";
import { runClient } from "./processes/run-client.ts";
import { pssBytes } from "./processes/tree.ts";
import { thisMachine } from "./report/machine.ts";
import { ROOT } from "./root.ts";

// What it costs to look after 200 processes at one tick a second: `node --import tsx bench/supervise.ts [SECONDS]`, with
// the gems of the tests installed. CPU is that of all that the command has left behind but the processes themselves,
// over SECONDS (30), those that it starts and waits for among them; memory is PSS at the end.

const PROCESSES = 200;
const SETTLE_MS = 5_000;
const TICK_MS = 10;

interface Side {
  readonly title: string;
  readonly command: string;
  readonly words: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
}

const gemfile = resolve(ROOT, "test/peers/bluepill/Gemfile");

const SIDES: readonly Side[] = [
  {
    title: "Gossamer",
    command: process.execPath,
    words: [resolve(ROOT, "bin/bluepill.mjs")],
    environment: {},
  },
  {
    title: "bluepill 0.1.3",
    command: "bundle",
    words: [
      ...["exec", "ruby", "-W0", "-e", 'load($0 = Gem.bin_path("bluepill", "bluepill"))', "--"],
    ],
    environment: gemEnvironment(gemfile),
  },
];

const KINDS: Readonly<Record<string, string>> = {
  "no checks": "",
  "cpu and memory each 10 s": `p.checks :cpu_usage, every: 10, below: 90, times: 3
      p.checks :mem_usage, every: 10, below: 500.megabytes, times: [3, 5]`,
};

function pill(folder: string, checks: string): string {
  return `Bluepill.application("bench", log_file: "${folder}/bench.log") do |app|
  ${PROCESSES}.times do |n|
    app.process("p#{n}") do |p|
      p.start_command = "/bin/sleep 100000"
      p.daemonize = true
      p.start_grace_time = 1
      ${checks}
    end
  end
end
`;
}

interface Cost {
  readonly cpuPercent: number;
  readonly memoryMb: number;
  readonly processes: number;
}

async function measure(side: Side, checks: string, seconds: number): Promise<Cost> {
  const folder = mkdtempSync(join(tmpdir(), "gossamer-bench-"));
  const environment = { ...side.environment, BLUEPILL_BASE_DIR: folder, HOME: folder };
  const run = async (...words: readonly string[]): Promise<string> =>
    await runClient(side.command, [...side.words, ...words, "--no-privileged"], environment);
  try {
    writeFileSync(join(folder, "bench.pill"), pill(folder, checks));
    await run("load", join(folder, "bench.pill"));
    await untilAllUp(run);
    await pause(SETTLE_MS);
    const keepers = marked(folder).filter((pid) => !isKept(pid));
    const before = cpuTicks(keepers);
    await pause(seconds * 1_000);
    return {
      cpuPercent: ((cpuTicks(keepers) - before) * TICK_MS) / (seconds * 10),
      memoryMb: keepers.reduce((sum, pid) => sum + pssBytes(pid), 0) / 1e6,
      processes: keepers.length,
    };
  } finally {
    for (let pids = marked(folder); pids.length > 0; pids = marked(folder)) {
      for (const pid of pids) killIfThere(pid);
      await pause(50);
    }
    rmSync(folder, { recursive: true, force: true });
  }
}

async function untilAllUp(run: (...words: readonly string[]) => Promise<string>): Promise<void> {
  for (let tries = 0; tries < 60; tries++) {
    const status = await run("bench", "status").catch(() => "");
    if (status.match(/: up$/gm)?.length === PROCESSES) return;
    await pause(2_000);
  }
  throw new Error(`not all of ${PROCESSES} processes come up`);
}

/** All that has the base folder in its environment and is no zombie. */
function marked(folder: string): readonly number[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const mark = `BLUEPILL_BASE_DIR=${folder}\0`;
  return pids.map(Number).filter((pid) => read(`/proc/${pid}/environ`).includes(mark));
}

function isKept(pid: number): boolean {
  return read(`/proc/${pid}/cmdline`).startsWith("/bin/sleep\0");
}

/** Their own, and of children that they have waited for. */
function cpuTicks(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const stat = read(`/proc/${pid}/stat`);
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return sum + [11, 12, 13, 14].reduce((ticks, field) => ticks + Number(fields[field] ?? 0), 0);
  }, 0);
}

function read(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return ""; // it has just ended, or is another user's
  }
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It went by itself.
  }
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const seconds = Number(process.argv[2] ?? 30);
const { cores, cpu, kernel, node, ruby } = thisMachine();
say(`${PROCESSES} processes, ${seconds} s each, on ${cores} cores of ${cpu}`);
say(`Linux ${kernel}, Node ${node}, ${ruby}`);
for (const [kind, checks] of Object.entries(KINDS)) {
  const costs: Cost[] = [];
  for (const side of SIDES) {
    const cost = await measure(side, checks, seconds);
    costs.push(cost);
    const { cpuPercent, memoryMb, processes } = cost;
    say(
      `${kind}: ${side.title}: ${cpuPercent.toFixed(2)} % of a core, ${memoryMb.toFixed(1)} MB in ${processes}`,
    );
  }
  const [ours, theirs] = costs;
  if (!ours || !theirs) continue;
  const cpuRatio = (ours.cpuPercent / theirs.cpuPercent).toFixed(2);
  say(`${kind}: ratio: CPU ${cpuRatio}, memory ${(ours.memoryMb / theirs.memoryMb).toFixed(2)}`);
}
