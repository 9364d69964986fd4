import { closeSync, lchownSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import type { ThinGiven } from "../config/index.ts";
import { type DaemonStart, identityOf, PidFile, startDaemon } from "../unix/index.ts";
import { EXIT } from "./exit-codes.ts";
import { ThinError } from "./thin-error.ts";
import { isThinCommand, textOf, thinPlace } from "./thin-place.ts";
import { type ThinVoice, thinVoice } from "./thin-voice.ts";

/**
 * `thin start -d`: runs the same words in the background, and resolves with 0 once the app answers there. Rejects with
 * ThinError when it runs already, or why it does not come up.
 */
export async function startInBackground(
  words: readonly string[],
  given: ThinGiven,
  env: NodeJS.ProcessEnv,
): Promise<number> {
  const { pidName, pidPath, logPath } = thinPlace(given);
  mustNotRun(pidName, new PidFile(pidPath), thinVoice(given));
  makeFolder(dirname(pidPath), "-P FILE");
  const made = makeFolder(dirname(logPath), "-l FILE");
  if (made !== undefined) giveFolders(made, dirname(logPath), given);
  const log = openLog(logPath);
  const start = await startDaemon(words, log, env);
  closeSync(log);
  if (start.kind === "ready") return EXIT.ok;
  throw new ThinError(whyNot(start, logPath));
}

/** Raises ThinError, in Thin's words, when the pid file tells of a server that runs. A stale one is removed. */
function mustNotRun(name: string, file: PidFile, voice: ThinVoice): void {
  const state = pidStateOf(name, file);
  if (state.kind === "running") {
    throw new ThinError(
      `${name} already exists, seems like it's already running (process ID: ${state.pid}). Stop the process or delete ${name}.`,
    );
  }
  if (state.kind === "absent") return;
  voice.say(`Deleting stale PID file ${name}`);
  file.remove();
}

/** What a pid file tells of a Thin; raises ThinError when it cannot be read. */
export function pidStateOf(name: string, file: PidFile): ReturnType<PidFile["state"]> {
  try {
    return file.state(isThinCommand);
  } catch (error) {
    throw new ThinError(`Cannot read the PID file ${name}: ${reasonOf(error)}.`, { cause: error });
  }
}

/** Returns the first of the folders that were not there. */
function makeFolder(path: string, option: string): string | undefined {
  try {
    return mkdirSync(path, { recursive: true });
  } catch (error) {
    const what = `Cannot make the folder ${path}: ${reasonOf(error)}. Name another place with ${option}.`;
    throw new ThinError(what, { cause: error });
  }
}

/** Gives the folders from `first` down to `last` to the user that the server is going to be, who is to open the log anew. */
function giveFolders(first: string, last: string, given: ThinGiven): void {
  const user = textOf(given, "user");
  if (user === undefined || process.getuid?.() !== 0) return;
  const { uid, gid } = identityOf(user, textOf(given, "group"));
  for (let folder = last; folder.startsWith(first); folder = dirname(folder)) {
    lchownSync(folder, uid, gid);
  }
}

function openLog(path: string): number {
  try {
    return openSync(path, "a", 0o644);
  } catch (error) {
    const what = `Cannot write the log ${path}: ${reasonOf(error)}. Name another with -l FILE.`;
    throw new ThinError(what, { cause: error });
  }
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return REASONS[code ?? ""] ?? message;
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EEXIST: "a file is in its place",
  EISDIR: "it is a folder",
  ENOTDIR: "a part of its path is a file",
  EROFS: "the file system is read-only",
  ENOSPC: "the disk is full",
};

function whyNot(start: Exclude<DaemonStart, { kind: "ready" }>, logPath: string): string {
  if (start.kind === "failed") return start.message;
  return `The server ended before it was ready (${start.reason}). Its log is ${logPath}.`;
}
