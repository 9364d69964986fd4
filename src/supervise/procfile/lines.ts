const NEWLINE = 0x0a;

/** A line that is longer is cut in pieces of so many bytes. */
export const LINE_LIMIT_BYTES: number = 1 << 20;

/** Cuts bytes into lines, without looking at them otherwise. */
export class Lines {
  #parts: Buffer[] = [];
  #length = 0;

  /** The lines that `bytes` complete, without their ends. */
  push(bytes: Buffer): readonly Buffer[] {
    const lines: Buffer[] = [];
    let from = 0;
    for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, from)) {
      this.#keep(bytes.subarray(from, at));
      lines.push(this.#take());
      from = at + 1;
    }
    if (from < bytes.length) this.#keep(bytes.subarray(from));
    if (this.#length >= LINE_LIMIT_BYTES) lines.push(this.#take());
    return lines;
  }

  /** The last line, when it has no end. */
  rest(): readonly Buffer[] {
    return this.#length === 0 ? [] : [this.#take()];
  }

  #keep(part: Buffer): void {
    this.#parts.push(part);
    this.#length += part.length;
  }

  #take(): Buffer {
    const [only, ...others] = this.#parts;
    const line = only === undefined ? Buffer.alloc(0) : others.length === 0 ? only : this.#joined();
    this.#parts = [];
    this.#length = 0;
    return line;
  }

  #joined(): Buffer {
    return Buffer.concat(this.#parts, this.#length);
  }
}
