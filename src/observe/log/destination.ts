import { closeSync, fchownSync, fstatSync, lchownSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import sonicBoom, { type SonicBoom } from "sonic-boom";
import type { Emit } from "../../kit/index.ts";
import type { LogFact } from "./facts.ts";

/** Where lines go. Each is written before `write` returns, so that none is lost at an exit. */
export interface Destination {
  /** Whole lines, with their ends. */
  write(text: string): void;
  /** Opens the file anew, after it was moved away; nothing to do for standard output. False: the old one is kept. */
  reopen(): boolean;
  /** Gives the file, and the folders that were made for it, to the user that this process is going to be. */
  giveTo(uid: number, gid: number): void;
  close(): void;
}

export interface DestinationOptions {
  /** Absolute; undefined for standard output. */
  readonly file: string | undefined;
  /** What names the file: `--log`. */
  readonly option: string;
}

const STDOUT = 1;
/** What is kept of a log that cannot be written; what comes on top is lost. */
const KEPT_BYTES = 16 * 1024 * 1024;

/** The log cannot be written. */
class LogError extends Error {
  override readonly name = "LogError";
  readonly code = "LOG_UNWRITABLE";
}

/**
 * Opens the file to append to, making its folder. Throws LogError when it cannot. Later troubles are no reason to end:
 * they are told to `emit`.
 */
export function openDestination(
  { file, option }: DestinationOptions,
  emit: Emit<LogFact>,
): Destination {
  if (file === undefined) return new StreamDestination(stdout(), "standard output", emit);
  try {
    return new FileDestination(file, emit);
  } catch (cause) {
    const why = `Cannot write the log ${file}: ${reasonOf(cause)}. Name another with ${option} FILE.`;
    throw new LogError(why, { cause });
  }
}

function stdout(): SonicBoom {
  return new sonicBoom.SonicBoom({ fd: STDOUT, sync: true, maxLength: KEPT_BYTES });
}

/** Writes to what is open already. */
class StreamDestination implements Destination {
  protected readonly path: string;
  protected readonly stream: SonicBoom;
  protected readonly emit: Emit<LogFact>;
  #isClosed = false;
  #isFailing = false;
  #waitingLines = 0;
  #lostLines = 0;

  constructor(stream: SonicBoom, path: string, emit: Emit<LogFact>) {
    this.stream = stream;
    this.path = path;
    this.emit = emit;
    stream.on("error", (error) => this.#failed(error));
    stream.on("drop", (text) => this.#dropped(text));
  }

  write(text: string): void {
    if (text === "" || this.#isClosed) return;
    if (this.#isFailing) this.#waitingLines += linesIn(text);
    const wasFailing = this.#isFailing;
    this.stream.write(text);
    if (this.#isFailing && !wasFailing) this.#waitingLines = linesIn(text);
  }

  reopen(): boolean {
    return true;
  }

  /** It is not ours. */
  giveTo(_uid: number, _gid: number): void {}

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    try {
      this.stream.flushSync();
      this.#waitingLines = 0;
    } catch {
      // It was told of when it began.
    }
    const lostLines = this.#lostLines + this.#waitingLines;
    if (lostLines > 0) this.emit({ type: "log-lost", path: this.path, lostLines });
  }

  #failed(error: Error): void {
    if (this.#isFailing) return;
    this.#isFailing = true;
    this.stream.once("drain", () => this.#recovered());
    this.emit({ type: "log-failed", path: this.path, reason: reasonOf(error) });
  }

  #dropped(text: string): void {
    const lines = linesIn(text);
    this.#lostLines += lines;
    if (this.#isFailing) this.#waitingLines -= lines;
  }

  /** All that waited is written. */
  #recovered(): void {
    const lostLines = this.#lostLines;
    this.#isFailing = false;
    this.#waitingLines = 0;
    this.#lostLines = 0;
    this.emit({ type: "log-recovered", path: this.path, lostLines });
  }
}

/** Writes to a file that it has opened. */
class FileDestination extends StreamDestination {
  /** The first of the folders that were not there. */
  readonly #madeFolder: string | undefined;

  constructor(file: string, emit: Emit<LogFact>) {
    const made = makeFolderOf(file);
    const options = { dest: file, sync: true, maxLength: KEPT_BYTES };
    super(new sonicBoom.SonicBoom(options), file, emit);
    this.#madeFolder = made;
  }

  /** Tries first whether it can be: a stream that fails to reopen would close what it has twice, later on. */
  override reopen(): boolean {
    try {
      makeFolderOf(this.path);
      closeSync(openSync(this.path, "a"));
      this.stream.reopen();
      return true;
    } catch (error) {
      this.emit({ type: "log-not-reopened", path: this.path, reason: reasonOf(error) });
      return false;
    }
  }

  /** A device (`/dev/null`, `/dev/full`) stays whose it is. */
  override giveTo(uid: number, gid: number): void {
    const { fd } = this.stream as SonicBoom & { readonly fd: number };
    if (!fstatSync(fd).isFile()) return;
    fchownSync(fd, uid, gid);
    for (const folder of this.#madeFolders()) lchownSync(folder, uid, gid);
  }

  override close(): void {
    super.close();
    this.stream.destroy();
  }

  *#madeFolders(): Iterable<string> {
    const first = this.#madeFolder;
    if (first === undefined) return;
    for (let folder = dirname(this.path); folder.startsWith(first); folder = dirname(folder)) {
      yield folder;
    }
  }
}

/** Makes the folder; returns the first of those that were not there. */
function makeFolderOf(file: string): string | undefined {
  return mkdirSync(dirname(file), { recursive: true });
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EDQUOT: "the user's share of the disk is used up",
  EEXIST: "its folder is a file",
  EISDIR: "it is a folder",
  ENOENT: "there can be no such file",
  ENOSPC: "the disk is full",
  ENOTDIR: "its folder is a file",
  EPIPE: "nobody reads it any more",
  EROFS: "the file system is read-only",
};

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return REASONS[code ?? ""] ?? message;
}

function linesIn(text: string): number {
  return text.split("\n").length - 1;
}
