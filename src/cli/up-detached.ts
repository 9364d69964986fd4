import { mkdirSync } from "node:fs";
import { join, relative } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { UpSettings } from "../config/index.ts";
import { appDescription } from "../export/index.ts";
import {
  type AppDescription,
  detachedNameOf,
  type ProcessStatus,
  ProcfileError,
} from "../supervise/index.ts";
import type { DaemonVoice } from "../unix/index.ts";
import { type BluepillBase, baseOf } from "./bluepill-base.ts";
import { runAsDaemon } from "./bluepill-daemon.ts";
import { inBackground, inTurn } from "./bluepill-load.ts";
import { complaint } from "./complain.ts";
import { EXIT } from "./exit-codes.ts";
import { exportedProcesses } from "./exported-processes.ts";
import type { ReadPlan } from "./procfile-plan.ts";
import { endDetached, tellDetached } from "./up-detached-orders.ts";
import { isUpHere } from "./up-orders.ts";

const LOOK_MS = 100;
/** In the folder of the processes. */
const LOG_FOLDER = "log";

/**
 * Hands what is to run to a supervisor in the background; resolves with the exit code once all of it is up. What does not
 * come up is ended, with all the rest. Throws ProcfileError when it is up already.
 */
export async function detach(
  settings: UpSettings,
  { procfile, plan }: ReadPlan,
  env: NodeJS.ProcessEnv,
): Promise<number> {
  if (settings.canDie.length > 0) {
    throw new ProcfileError(
      "With --detach, all that ends is started again. Leave --can-die out, or --detach.",
    );
  }
  const { root } = plan;
  const base = baseOf(undefined, env);
  const app = detachedNameOf(root);
  const description = appDescription({
    ...{ app, root, baseDir: base.path, file: procfile.file },
    log: madeLogFolder(root),
    timeoutMs: settings.timeout,
    processes: exportedProcesses(plan),
  });
  base.prepare();
  const pill = { path: procfile.file, cwd: root, baseDir: base.path };
  const mustBeDown = async (): Promise<void> => {
    if (base.daemonOf(app) === undefined && !(await isUpHere(root))) return;
    throw new ProcfileError(
      `${procfile.file} of ${root} is up already: see \`gossamer up status\`. \`gossamer up restart\` starts all of it anew.`,
    );
  };
  await inTurn(base, () =>
    inBackground({ description, basePath: base.path, pill }, ["up"], env, mustBeDown),
  );
  return await untilUp(description, base);
}

/** The part of the supervisor in the background, which is this program again. */
export async function superviseDetached(
  voice: DaemonVoice,
  env: NodeJS.ProcessEnv,
): Promise<number> {
  try {
    return await runAsDaemon(voice, env);
  } catch (error) {
    await voice.failed(complaint(error));
    throw error;
  }
}

function madeLogFolder(root: string): string {
  const folder = join(root, LOG_FOLDER);
  try {
    mkdirSync(folder, { recursive: true });
    return folder;
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new ProcfileError(
      `Cannot make ${folder} (${code}), for what the processes print. Correct the mode of ${root}.`,
      { cause },
    );
  }
}

async function untilUp(description: AppDescription, base: BluepillBase): Promise<number> {
  const begun = new Set<string>();
  for (;;) {
    const statuses = await statusesOf(description.name, base);
    const lost = statuses.find(({ name, state }) => state === "down" && begun.has(name));
    if (lost !== undefined) return await giveUp(lost.name, description, base);
    if (statuses.every((one) => isUp(one, description))) return tell(statuses, description);
    for (const { name, state } of statuses) if (state !== "down") begun.add(name);
    await pause(LOOK_MS);
  }
}

async function statusesOf(app: string, base: BluepillBase): Promise<readonly ProcessStatus[]> {
  const reply = await tellDetached({ order: "status", target: [] }, app, base);
  return reply.reply === "status" ? reply.groups.flatMap(({ processes }) => processes) : [];
}

/** A server in the background that is known was there when its command was back. */
function isUp({ name, state, pid }: ProcessStatus, { processes }: AppDescription): boolean {
  const isOwnDaemon = processes.find((one) => one.name === name)?.daemonize === false;
  return state === "up" || (isOwnDaemon && state === "starting" && pid !== undefined);
}

async function giveUp(
  name: string,
  description: AppDescription,
  base: BluepillBase,
): Promise<number> {
  await endDetached(description.name, base);
  const { stdout, daemonize } = description.processes.find((one) => one.name === name) ?? {};
  const log = daemonize === false ? description.logFile : stdout;
  console.error(`gossamer: ${name} does not stay up, so all has been stopped. ${log} may say why.`);
  return EXIT.failed;
}

function tell(statuses: readonly ProcessStatus[], { logFile = "" }: AppDescription): number {
  for (const { name, pid } of statuses) console.log(`${name} is up as ${pid}`);
  const folder = join(relative(process.cwd(), logFile), "..");
  console.log(
    `What they print is in ${folder}/. \`gossamer up status\` shows them, \`gossamer up stop\` ends them.`,
  );
  return EXIT.ok;
}
