import { closeSync, openSync } from "node:fs";
import { type AppDescription, evaluatePill } from "../supervise/index.ts";
import { type DaemonStart, startDaemon } from "../unix/index.ts";
import { BluepillBase } from "./bluepill-base.ts";
import type { Asked } from "./bluepill-command-line.ts";
import { type Briefing, type PillPlace, superviseApp } from "./bluepill-daemon.ts";
import { dryRun } from "./bluepill-dry-run.ts";
import { BLUEPILL_EXIT, BluepillError } from "./bluepill-error.ts";
import { replacePrevious } from "./bluepill-quit.ts";

/**
 * Evaluates a pill, and has a daemon look after each of its applications in place of the one that it has. Resolves when
 * all of them do. Throws BluepillError or PillError; a pill that is wrong leaves everything as it was.
 */
export async function load(
  path: string | undefined,
  asked: Asked,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  if (path === undefined) {
    const message = "Name the pill: bluepill load <config file>";
    throw new BluepillError(message, BLUEPILL_EXIT.failed);
  }
  const pill: PillPlace = { path, cwd: process.cwd(), baseDir: asked.baseDir };
  const { apps, warnings } = await evaluatePill(path, { ...pill, env });
  for (const { message, place } of warnings) {
    console.error(place === undefined ? message : `${place.file}:${place.line}: ${message}`);
  }
  for (const app of apps) {
    const base = new BluepillBase(app.baseDir);
    base.prepare();
    if (asked.isDryRun) console.log(await dryRun(app, base, { ...asked, retrying: () => {} }));
    else await replace(app, pill, base, env);
  }
}

async function replace(
  app: AppDescription,
  pill: PillPlace,
  base: BluepillBase,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  await replacePrevious(app.name, base, app.killTimeoutMs, (text) => console.log(text));
  if (app.foreground) await superviseApp(app, pill, base, env, () => {});
  else
    await inBackground({ description: app, basePath: base.path, pill }, ["load", pill.path], env);
}

/**
 * Starts a daemon that looks after an application: this program again, with these words. Resolves when it takes orders.
 * Throws BluepillError when it does not come to that.
 */
export async function inBackground(
  briefing: Briefing,
  words: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const output = openSync(briefing.description.logFile ?? "/dev/null", "a");
  try {
    const start = await startDaemon(words, output, env, briefing);
    if (start.kind !== "ready") throw failed(start);
  } finally {
    closeSync(output);
  }
}

function failed(start: Exclude<DaemonStart, { kind: "ready" }>): BluepillError {
  const why = start.kind === "failed" ? start.message : `the daemon ended (${start.reason})`;
  return new BluepillError(`Failed to start bluepill:\n${why}`, BLUEPILL_EXIT.daemonFailed);
}
