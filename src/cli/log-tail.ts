import { closeSync, openSync, readSync, statSync } from "node:fs";

const POLL_MS = 50;
const PIECE_BYTES = 65_536;

/** Passes on what is written to a log from now on. */
export class LogTail {
  readonly #path: string;
  readonly #write: (text: string) => void;
  readonly #timer: NodeJS.Timeout;
  #at: number;

  /** `write` hears of every piece; a log that is not there yet is waited for. */
  constructor(path: string, write: (text: string) => void) {
    this.#path = path;
    this.#write = write;
    this.#at = this.#size();
    this.#timer = setInterval(() => this.#read(), POLL_MS);
  }

  /** Passes on what is left, and ends. */
  close(): void {
    clearInterval(this.#timer);
    this.#read();
  }

  #size(): number {
    return statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0;
  }

  #read(): void {
    const size = this.#size();
    // It was moved away or emptied: what is there now is all new.
    if (size < this.#at) this.#at = 0;
    if (size === this.#at) return;
    const bytes = Buffer.alloc(Math.min(size - this.#at, PIECE_BYTES));
    const fd = openSync(this.#path, "r");
    try {
      const count = readSync(fd, bytes, 0, bytes.length, this.#at);
      this.#at += count;
      this.#write(bytes.toString("utf8", 0, count));
    } finally {
      closeSync(fd);
    }
    this.#read();
  }
}
