import type { Reply } from "../message/index.ts";

/** As much as a worker writes at once. Of what is never read into, the kernel makes no memory. */
const SIZE_BYTES = 262_144;

/**
 * Where the reads of a connection go: the same memory again and again, as new memory for each read costs more than
 * reading. Only where somebody has kept a part of it, the next read goes elsewhere.
 */
export class ReadMemory {
  readonly #lentTo: Reply[] = [];
  #memory = Buffer.allocUnsafeSlow(SIZE_BYTES);

  /** Where the next read goes; what was read before has been heard. */
  next(): Buffer {
    if (this.#lentTo.length > 0) {
      if (this.#lentTo.some((reply) => reply.keepsBytes)) {
        this.#memory = Buffer.allocUnsafeSlow(SIZE_BYTES);
      }
      this.#lentTo.length = 0;
    }
    return this.#memory;
  }

  /**
   * `bytes` from `start` to `end`, for `reply` to send. It is a copy where it would be kept for sure: a few bytes are not
   * to hold all of the memory.
   */
  lend(reply: Reply, bytes: Buffer, start: number, end: number): Buffer {
    const part = bytes.subarray(start, end);
    if (bytes.buffer !== this.#memory.buffer) return part;
    if (reply.keepsBytes && part.length < SIZE_BYTES / 2) return Buffer.from(part);
    this.#lentTo.push(reply);
    return part;
  }
}
