import { FileTail } from "../unix/index.ts";

/** Passes on, as text, what is written to a log from now on. */
export class LogTail {
  readonly #tail: FileTail;

  /** `write` hears of every piece; a log that is not there yet is waited for. */
  constructor(path: string, write: (text: string) => void) {
    const decoder = new TextDecoder();
    this.#tail = new FileTail(path, (bytes) => write(decoder.decode(bytes, { stream: true })));
  }

  /** Passes on what is left, and ends. */
  close(): void {
    this.#tail.close();
  }
}
