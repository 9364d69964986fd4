import {
  commandHelp,
  commandSettings,
  fromForemanFile,
  UP_OPTIONS,
  type UpSettings,
} from "../config/index.ts";
import { systemClock } from "../kit/index.ts";
import { type Policy, Runner, rootOf, type UpFact } from "../supervise/index.ts";
import { takeDaemonVoice } from "../unix/index.ts";
import { commandWords } from "./command-words.ts";
import { EXIT } from "./exit-codes.ts";
import { type ReadPlan, readPlan } from "./procfile-plan.ts";
import { isUpOrder, orderUp } from "./up-orders.ts";
import { UpPrinter } from "./up-printer.ts";
import { listenForEnd } from "./up-signals.ts";

/**
 * `gossamer up [NAME…]`: runs a Procfile, and resolves with the exit code once nothing of it is left, or, with --detach,
 * once all of it is up; or `gossamer up restart|start|stop|status [NAME…]`: tells the one that runs.
 */
export async function upCommand(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const voice = takeDaemonVoice(env);
  if (voice) return (await import("./up-detached.ts")).superviseDetached(voice, env);
  const { given, words, isHelp } = commandWords(argv, UP_OPTIONS);
  if (isHelp) {
    console.log(upHelp());
    return EXIT.ok;
  }
  const directory = process.cwd();
  const file = await fromForemanFile(UP_OPTIONS, directory);
  const settings = commandSettings(UP_OPTIONS, given, file);
  const [first = "", ...others] = words;
  if (isUpOrder(first)) return await orderUp(first, others, rootOf(settings, directory), env);
  const read = readPlan(settings, words, directory, env);
  if (settings.detach) return (await import("./up-detached.ts")).detach(settings, read, env);
  return await run(settings, read, env);
}

/** The help of the command. */
export function upHelp(): string {
  return `Usage: gossamer up [NAME…] [options]
       gossamer up restart|start|stop [NAME…]
       gossamer up status

Runs the processes of a Procfile, or tells those that run. Each option is also a key of .foreman (--port-step is port_step).

Options:
${commandHelp(UP_OPTIONS)}`;
}

async function run(
  settings: UpSettings,
  { procfile, plan }: ReadPlan,
  env: NodeJS.ProcessEnv,
): Promise<number> {
  const hasColour = settings.color ?? (process.stdout.isTTY === true && !env["NO_COLOR"]);
  const { processes } = plan;
  const options = { processes, hasTime: settings.timestamp, hasColour };
  const printer = new UpPrinter(process.stdout, options, () => runner.stop());
  const emit = (fact: UpFact): void => printer.tell(fact);
  const runner: Runner = new Runner({
    plan,
    file: procfile.file,
    env,
    timeoutMs: settings.timeout,
    policyOf: (type) => policyOf(type, settings),
    backoff: {},
    output: printer,
    emit,
    clock: systemClock,
  });
  const listenNoMore = listenForEnd(runner, emit);
  try {
    for (const { line, text } of procfile.ignored) {
      emit({ type: "up-line-ignored", file: procfile.file, line, text });
    }
    if (plan.isWebIgnored) emit({ type: "up-web-ignored" });
    return await runner.run();
  } finally {
    await printer.flush(runner.hurry);
    listenNoMore();
  }
}

function policyOf(type: string, { autoRestart, canDie }: UpSettings): Policy {
  const isIn = (names: readonly string[]): boolean => names.includes(type) || names.includes("all");
  if (isIn(autoRestart)) return "restart";
  return isIn(canDie) ? "stay-down" : "end-all";
}
