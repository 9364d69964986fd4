import type { ThinGiven } from "../config/index.ts";
import { controlSocketOf, give, type Reply } from "../control/index.ts";
import { isRunning, userOf } from "../unix/index.ts";
import { EXIT } from "./exit-codes.ts";
import { LogTail } from "./log-tail.ts";
import { ThinError } from "./thin-error.ts";
import { isGoneWithin, send } from "./thin-stop.ts";
import { thinTarget } from "./thin-target.ts";
import { thinVoice } from "./thin-voice.ts";

/** A Thin of old goes away when it restarts; so long it may take. */
const OLD_THIN_MS = 60_000;
/** So often a server that loads its app is asked again. */
const POLL_MS = 50;

/**
 * `thin restart`: resolves with 0 once new workers serve, in the same process. Rejects with ThinError when there is
 * nothing to restart, when the new workers did not come up and the old ones serve on, or when new TLS files are of no use.
 */
export async function restartServer(given: ThinGiven): Promise<number> {
  const { file, pidName, pid, isRunning: isThere, logPath } = thinTarget(given);
  const voice = thinVoice(given);
  const tail = new LogTail(logPath, voice.raw);
  voice.say(`Sending HUP signal to process ${pid} ... `);
  try {
    if (!isThere) {
      file.remove();
      throw new ThinError(
        `Process ${pid} is gone, so there is nothing to restart. Deleted ${pidName}; run thin start.`,
      );
    }
    const reply = await asked(pid);
    if (reply === undefined) await hangUp(pid);
    else if (reply.reply === "failed") throw new ThinError(failure(reply.message));
    else if (reply.reply === "partly") throw new ThinError(oldTls(reply.message));
  } finally {
    tail.close();
  }
  return EXIT.ok;
}

/** Undefined when the process takes no orders but signals. One that still loads its app is waited for. */
async function asked(pid: number): Promise<Reply | undefined> {
  for (let isOurs = false; ; await new Promise((resolve) => setTimeout(resolve, POLL_MS))) {
    const user = userOf(pid);
    const socket = user === undefined ? undefined : controlSocketOf(pid, user);
    const reply = socket === undefined ? undefined : await give({ order: "restart" }, socket);
    isOurs ||= socket !== undefined && mayOrder(user);
    if (reply !== undefined || !isOurs) return reply;
    if (!isRunning(pid)) throw new ThinError(endedEarly(pid));
  }
}

function mayOrder(user: number | undefined): boolean {
  const own = process.getuid?.();
  return own === 0 || own === user;
}

async function hangUp(pid: number): Promise<void> {
  if (!send(pid, "SIGHUP")) throw new ThinError(endedEarly(pid));
  if (await isGoneWithin(OLD_THIN_MS, pid)) return;
  throw new ThinError(`Process ${pid} was told to restart, and does not say how that went.`);
}

function endedEarly(pid: number): string {
  return `Process ${pid} ended before it could restart. Its log says why.`;
}

function oldTls(message: string): string {
  return `The new workers serve, but the old TLS key and certificate stay: ${message}`;
}

function failure(message: string): string {
  return `The restart failed, and the old workers serve on: ${message}`;
}
