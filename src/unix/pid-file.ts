import {
  chownSync,
  closeSync,
  constants,
  lstatSync,
  openSync,
  type PathLike,
  readSync,
  rmSync,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { commandOf, isRunning, startedAtMs, userOf } from "./running-process.ts";

/** Clocks and file systems round; a process that began so much after its pid file did not write it. */
const ROUNDING_MS = 2_000;
/** A number with white space around it is shorter. What is longer is none. */
const LIMIT_BYTES = 4_096;

/** What a pid file tells: nothing (it is not there), of a process that is no more, or of one that runs. */
export type PidState =
  | { readonly kind: "absent" }
  | { readonly kind: "stale"; readonly pid: number | undefined }
  | { readonly kind: "running"; readonly pid: number };

/** The pid file cannot be written, or not be removed: of two servers that start at once, one is too late. */
class PidFileError extends Error {
  override readonly name = "PidFileError";
  readonly code = "PID_FILE_UNWRITABLE";

  constructor(verb: string, path: string, cause: unknown) {
    const { code = "", message } = cause as NodeJS.ErrnoException;
    super(`Cannot ${verb} the PID file ${path}: ${REASONS[code] ?? message}.`, { cause });
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EEXIST: "another server has just written it",
  ENOSPC: "the disk is full",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  ERR_FS_EISDIR: "it is a folder",
};

/** A file with the number of a process in it, so that others can find the process. */
export class PidFile {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /**
   * What it tells. `isOne` knows by its command whether a process is of the kind that writes this file: numbers are
   * given out again, and one that began after the file was written is only believed when it looks right. A file that is
   * neither root's nor the process's own user's is not believed: root would signal whom its owner wants.
   */
  state(isOne: (command: string) => boolean): PidState {
    const text = this.#read();
    if (text === undefined) return { kind: "absent" };
    const pid = pidIn(text);
    if (pid === undefined) return { kind: "stale", pid };
    const isTaken = !isRunning(pid) || (hasBegunAfter(this.path, pid) && !isOne(commandOf(pid)));
    return { kind: isTaken || !this.#mayTellOf(pid) ? "stale" : "running", pid };
  }

  #mayTellOf(pid: number): boolean {
    const owner = lstatSync(this.path, { throwIfNoEntry: false })?.uid;
    return owner === 0 || owner === undefined || owner === userOf(pid);
  }

  /** Writes `pid`. Throws PidFileError when there is one already, or there cannot be one; then nothing is left of it. */
  write(pid: number): void {
    try {
      writeNew(this.path, String(pid));
    } catch (error) {
      throw new PidFileError("write", this.path, error);
    }
  }

  /** Gives it to another user, who is to remove it. */
  giveTo(uid: number, gid: number): void {
    chownSync(this.path, uid, gid);
  }

  /** Removes it, if it tells of `pid`: by now it may be a successor's. */
  removeIf(pid: number): void {
    if (this.#read()?.trim() !== String(pid)) return;
    try {
      unlinkSync(this.path);
    } catch {
      // Its folder is not ours to write to any more; who stops us next takes it for the stale file that it is.
    }
  }

  /** Removes it, whatever it tells. Throws PidFileError when it may not be. */
  remove(): void {
    try {
      rmSync(this.path, { force: true });
    } catch (error) {
      throw new PidFileError("remove", this.path, error);
    }
  }

  #read(): string | undefined {
    try {
      return pidTextAt(this.path);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "ENOENT" || code === "ENOTDIR") return undefined;
      throw error;
    }
  }
}

/**
 * The text of the pid file at `path`, as far as it can matter. Never waits, also where somebody has put a pipe in its
 * place. Throws what the system says when it cannot be read.
 */
export function pidTextAt(path: string): string {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const bytes = Buffer.alloc(LIMIT_BYTES);
    return bytes.toString("utf8", 0, readSync(file, bytes, 0, LIMIT_BYTES, 0));
  } finally {
    closeSync(file);
  }
}

/** The number in the text of a pid file. 0 is the group of who signals it, and no process's. */
export function pidIn(text: string): number | undefined {
  const digits = /^\s*([1-9]\d{0,9})\s*$/.exec(text)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** Whether `pid` began after the file at `path` was written: then it is not the process that the file tells of. */
export function hasBegunAfter(path: PathLike, pid: number): boolean {
  const beganMs = startedAtMs(pid);
  return beganMs !== undefined && beganMs > modifiedAtMs(path) + ROUNDING_MS;
}

/** On a full disk the file can be made and not be written: an empty one would be in everybody's way. */
function writeNew(path: string, text: string): void {
  const { O_CREAT, O_EXCL, O_WRONLY } = constants;
  const file = openSync(path, O_CREAT | O_EXCL | O_WRONLY, 0o644);
  try {
    writeSync(file, text);
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
}

function modifiedAtMs(path: PathLike): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Number.POSITIVE_INFINITY;
}
