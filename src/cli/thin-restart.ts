import type { ThinGiven } from "../config/index.ts";
import { controlSocketOf, give, type Reply } from "../control/index.ts";
import { userOf } from "../unix/index.ts";
import { EXIT } from "./exit-codes.ts";
import { LogTail } from "./log-tail.ts";
import { ThinError } from "./thin-error.ts";
import { isGoneWithin, send } from "./thin-stop.ts";
import { thinTarget } from "./thin-target.ts";
import { thinVoice } from "./thin-voice.ts";

/** A Thin of old goes away when it restarts; so long it may take. */
const OLD_THIN_MS = 60_000;

/**
 * `thin restart`: resolves with 0 once new workers serve, in the same process. Rejects with ThinError when there is
 * nothing to restart, or when the new workers did not come up and the old ones serve on.
 */
export async function restartServer(given: ThinGiven): Promise<number> {
  const { file, pidName, pid, isRunning, logPath } = thinTarget(given);
  const voice = thinVoice(given);
  const tail = new LogTail(logPath, voice.raw);
  voice.say(`Sending HUP signal to process ${pid} ... `);
  try {
    if (!isRunning) {
      file.remove();
      throw new ThinError(
        `Process ${pid} is gone, so there is nothing to restart. Deleted ${pidName}; run thin start.`,
      );
    }
    const reply = await asked(pid);
    if (reply === undefined) await hangUp(pid);
    else if (reply.reply === "failed") throw new ThinError(failure(reply.message));
  } finally {
    tail.close();
  }
  return EXIT.ok;
}

/** Undefined when the process takes no orders but signals. */
async function asked(pid: number): Promise<Reply | undefined> {
  const user = userOf(pid);
  const socket = user === undefined ? undefined : controlSocketOf(pid, user);
  return socket === undefined ? undefined : await give({ order: "restart" }, socket);
}

async function hangUp(pid: number): Promise<void> {
  send(pid, "SIGHUP");
  if (await isGoneWithin(OLD_THIN_MS, pid)) return;
  throw new ThinError(`Process ${pid} was told to restart, and does not say how that went.`);
}

function failure(message: string): string {
  return `The restart failed, and the old workers serve on: ${message}`;
}
