import { closeSync, openSync, readSync, statSync } from "node:fs";

const POLL_MS = 50;
const PIECE_BYTES = 65_536;

/** Passes on the bytes that are written to a file from now on. */
export class FileTail {
  readonly #path: string;
  readonly #write: (bytes: Buffer) => void;
  readonly #timer: NodeJS.Timeout;
  #at: number;
  #isPaused = false;

  /** `write` hears of every piece; a file that is not there yet, or cannot be read, is waited for. */
  constructor(path: string, write: (bytes: Buffer) => void) {
    this.#path = path;
    this.#write = write;
    this.#at = this.#size();
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
  }

  #size(): number {
    return statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0;
  }

  #read(): void {
    while (!this.#isPaused) {
      const piece = this.#next();
      if (piece.length === 0) return;
      this.#write(piece);
    }
  }

  #next(): Buffer {
    const size = this.#size();
    // It was moved away or emptied: what is there now is all new.
    if (size < this.#at) this.#at = 0;
    if (size === this.#at) return Buffer.alloc(0);
    const piece = pieceOf(this.#path, this.#at, Math.min(size - this.#at, PIECE_BYTES));
    this.#at += piece.length;
    return piece;
  }
}

function pieceOf(path: string, at: number, length: number): Buffer {
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch {
    // It has just been moved away, or is not for us to read: the next look may find more.
    return Buffer.alloc(0);
  }
  try {
    const bytes = Buffer.alloc(length);
    return bytes.subarray(0, readSync(fd, bytes, 0, length, at));
  } finally {
    closeSync(fd);
  }
}
