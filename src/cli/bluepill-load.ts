import { closeSync, openSync } from "node:fs";
import { type AppDescription, evaluatePill } from "../supervise/index.ts";
import { type DaemonStart, startDaemon } from "../unix/index.ts";
import { BluepillBase, baseOf } from "./bluepill-base.ts";
import { type Briefing, superviseApp } from "./bluepill-daemon.ts";
import { BLUEPILL_EXIT, BluepillError } from "./bluepill-error.ts";
import { replacePrevious } from "./bluepill-quit.ts";

/**
 * Evaluates a pill, and has a daemon look after each of its applications in place of the one that it has. Resolves when
 * all of them do. Throws BluepillError; a pill that is wrong leaves everything as it was.
 */
export async function load(
  path: string,
  baseDir: string | undefined,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const { apps } = await evaluatePill(path, { env, baseDir });
  for (const app of apps) {
    const base = app.baseDir === undefined ? baseOf(baseDir, env) : new BluepillBase(app.baseDir);
    base.prepare();
    await replacePrevious(app.name, base, app.killTimeoutMs, (text) => console.log(text));
    if (app.foreground) await superviseApp(app, base, env, () => {});
    else await inBackground(path, app, base, env);
  }
}

async function inBackground(
  path: string,
  description: AppDescription,
  base: BluepillBase,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const briefing: Briefing = { description, basePath: base.path };
  const output = openSync(description.logFile ?? "/dev/null", "a");
  try {
    const start = await startDaemon(["load", path], output, env, briefing);
    if (start.kind !== "ready") throw failed(start);
  } finally {
    closeSync(output);
  }
}

function failed(start: Exclude<DaemonStart, { kind: "ready" }>): BluepillError {
  const why = start.kind === "failed" ? start.message : `the daemon ended (${start.reason})`;
  return new BluepillError(`Failed to start bluepill:\n${why}`, BLUEPILL_EXIT.daemonFailed);
}
