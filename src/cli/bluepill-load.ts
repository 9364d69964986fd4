import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { type AppDescription, evaluatePill } from "../supervise/index.ts";
import { type FolderLock, startDaemon } from "../unix/index.ts";
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
  const { apps, warnings } = await evaluatePill(path, {
    ...pill,
    env,
    timeoutMs: asked.timeoutMs,
  });
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

/** So long is waited for another load into the same folder. */
const TURN_MS = 120_000;

/** Whoever has to go goes when nothing that can be known keeps the next one from beginning. */
async function replace(
  app: AppDescription,
  pill: PillPlace,
  base: BluepillBase,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const makeWay = (): Promise<void> =>
    replacePrevious(app.name, base, app.killTimeoutMs, (text) => console.log(text));
  await inTurn(base, async (lock) => {
    if (!app.foreground) {
      const briefing = { description: app, basePath: base.path, pill };
      await inBackground(briefing, ["load", pill.path], env, makeWay);
      return;
    }
    closeSync(openLog(app));
    await makeWay();
    await superviseApp(app, pill, base, env, () => lock.release());
  });
}

/**
 * Begins a daemon while nobody else does in this base, where files can be written. Throws BluepillError when it takes too
 * long for the others to come to an end, or nothing can be written.
 */
export async function inTurn(
  base: BluepillBase,
  begin: (lock: FolderLock) => Promise<void>,
): Promise<void> {
  const lock = await base.lock(TURN_MS);
  if (lock === undefined) {
    const message = `Another bluepill is loading into ${base.path}, and does not come to an end.`;
    throw new BluepillError(message, BLUEPILL_EXIT.failed);
  }
  try {
    mustTakeFiles(base);
    await begin(lock);
  } finally {
    lock.release();
  }
}

/**
 * Starts a daemon that looks after an application: this program again, with these words. `makeWay` is called before, when
 * its log is open. Resolves when it takes orders; throws BluepillError when it does not come to that.
 */
export async function inBackground(
  briefing: Briefing,
  words: readonly string[],
  env: NodeJS.ProcessEnv,
  makeWay: () => Promise<void>,
): Promise<void> {
  const output = openLog(briefing.description);
  try {
    await makeWay();
    const start = await startDaemon(words, output, env, briefing);
    if (start.kind === "failed") throw cannotStart(start.message);
    if (start.kind === "ended") throw cannotStart(`the daemon ended (${start.reason})`);
  } finally {
    closeSync(output);
  }
}

/** What a daemon prints by itself goes where it logs. */
function openLog({ logFile = "/dev/null" }: AppDescription): number {
  try {
    mkdirSync(dirname(logFile), { recursive: true });
    return openSync(logFile, "a");
  } catch (cause) {
    const { message } = cause as Error;
    throw cannotStart(
      `Cannot write the log ${logFile}: ${message}. See log_file: in the pill.`,
      cause,
    );
  }
}

function mustTakeFiles(base: BluepillBase): void {
  try {
    base.mustTakeFiles();
  } catch (cause) {
    throw cannotStart(`Cannot write to ${base.path}: ${(cause as Error).message}.`, cause);
  }
}

function cannotStart(why: string, cause?: unknown): BluepillError {
  return new BluepillError(`Failed to start bluepill:\n${why}`, BLUEPILL_EXIT.daemonFailed, cause);
}
