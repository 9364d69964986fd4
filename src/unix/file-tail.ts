import { closeSync, fstatSync, openSync, readSync, type Stats, statSync } from "node:fs";

const POLL_MS = 50;
const PIECE_BYTES = 65_536;
const NEWLINE = 10;

/** Passes on the bytes that are written to a file, also when it is moved away and another takes its place. */
export class FileTail {
  readonly #path: string;
  readonly #write: (bytes: Buffer) => void;
  readonly #timer: NodeJS.Timeout;
  #fd: number | undefined;
  #at = 0;
  #isPaused = false;

  /**
   * `write` hears of every piece from now on, and before that of the last `lines` of what is there. A file that is not
   * there yet, or cannot be read, is waited for.
   */
  constructor(path: string, write: (bytes: Buffer) => void, lines = 0) {
    this.#path = path;
    this.#write = write;
    this.#fd = opened(path);
    if (this.#fd !== undefined) this.#at = beginningOfLast(lines, this.#fd);
    this.#timer = setInterval(() => this.#read(), POLL_MS);
  }

  /** Passes nothing on until `resume`. */
  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
  }

  /** Passes on what is left, and ends. */
  close(): void {
    clearInterval(this.#timer);
    this.#isPaused = false;
    this.#read();
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  #read(): void {
    while (!this.#isPaused) {
      const piece = this.#next();
      if (piece === undefined) return;
      this.#write(piece);
    }
  }

  /** Undefined when there is no more for now. What was moved away is read to its end first. */
  #next(): Buffer | undefined {
    this.#fd ??= opened(this.#path);
    if (this.#fd === undefined) return undefined;
    const { size } = fstatSync(this.#fd);
    // It was emptied: what is there now is all new.
    if (size < this.#at) this.#at = 0;
    if (size > this.#at) {
      const piece = pieceOf(this.#fd, this.#at, Math.min(size - this.#at, PIECE_BYTES));
      this.#at += piece.length;
      return piece;
    }
    return this.#followName(this.#fd) ? this.#next() : undefined;
  }

  /** Whether another file has the name by now, which is then read from its beginning. */
  #followName(fd: number): boolean {
    const named = statSync(this.#path, { throwIfNoEntry: false });
    if (named === undefined || isSame(named, fstatSync(fd))) return false;
    const next = opened(this.#path);
    if (next === undefined) return false;
    closeSync(fd);
    this.#fd = next;
    this.#at = 0;
    return true;
  }
}

function opened(path: string): number | undefined {
  try {
    return openSync(path, "r");
  } catch {
    // Not there, or not for us to read: the next look may find more.
    return undefined;
  }
}

function isSame(one: Stats, other: Stats): boolean {
  return one.dev === other.dev && one.ino === other.ino;
}

function pieceOf(fd: number, at: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, readSync(fd, bytes, 0, length, at));
}

/** Where the last `lines` lines of a file begin; its end for none. */
function beginningOfLast(lines: number, fd: number): number {
  const { size } = fstatSync(fd);
  if (lines === 0) return size;
  // The end of the last line is the end of the file, and no beginning of another.
  for (let end = Math.max(size - 1, 0), left = lines; end > 0; ) {
    const begin = Math.max(end - PIECE_BYTES, 0);
    const piece = pieceOf(fd, begin, end - begin);
    for (
      let at = piece.lastIndexOf(NEWLINE);
      at >= 0;
      at = at > 0 ? piece.lastIndexOf(NEWLINE, at - 1) : -1
    ) {
      left -= 1;
      if (left === 0) return begin + at + 1;
    }
    end = begin;
  }
  return 0;
}
