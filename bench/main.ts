/** `npm run bench`: every workload, every server, tables on the screen and results in a folder. */

import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { Contest } from "./contest.ts";
import { type Options, parseOptions, USAGE } from "./options.ts";
import { killAll } from "./processes/started.ts";
import { keep, summarize } from "./report/archive.ts";
import { thisMachine } from "./report/machine.ts";
import type { Outcome } from "./report/outcome.ts";
import { describeMachine, sectionOf } from "./report/page.ts";
import { ROOT } from "./root.ts";
import type { Workload } from "./workload.ts";

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) return say(USAGE);
  say(describeMachine(thisMachine()));
  const present = options.workloads.filter(isPresent);
  for (const workload of present) await bench(workload, options);
  if (present.length > 0) await summarize(options.out);
}

function isPresent({ name, app }: Workload): boolean {
  const isThere = existsSync(resolve(ROOT, app, "config.ru"));
  if (!isThere) say(`\n${name}: skipped, ${app}/config.ru is not there.`);
  return isThere;
}

async function bench(workload: Workload, options: Options): Promise<void> {
  const { peers, rounds, seconds, warmUpSeconds } = options;
  const startedAt = new Date().toISOString();
  say(`\n${workload.name}: ${workload.title}`);
  const times = { warmUpSeconds, seconds };
  const played = await new Contest(workload, { peers, rounds, times, say }).run();
  const { name, title } = workload;
  const machine = thisMachine();
  const outcome: Outcome = {
    workload: name,
    title,
    startedAt,
    machine,
    rounds,
    seconds,
    ...played,
  };
  await keep(options.out, outcome);
  say(`\n${sectionOf(workload, outcome)}`);
}

/** Whatever ends the benchmark, no server and no client outlives it. */
function leaveNothingBehind(): void {
  process.on("exit", killAll);
  process.on("SIGINT", () => process.exit(130));
  process.on("SIGTERM", () => process.exit(143));
  process.on("SIGHUP", () => process.exit(129));
}

leaveNothingBehind();
try {
  await main();
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
