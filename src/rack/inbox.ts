import { PREFIX_BYTES } from "./frames.ts";

/** Hears a frame: its payload is `bytes` from `start` to `end`. Nothing is copied on the way. */
export type FrameListener = (
  type: number,
  id: number,
  bytes: Buffer,
  start: number,
  end: number,
) => void;

/** Cuts what arrives on a connection into frames. */
export class Inbox {
  readonly #listener: FrameListener;
  #held: Buffer[] = [];
  #heldBytes = 0;
  /** So many bytes make the next frame whole. */
  #neededBytes = PREFIX_BYTES;

  constructor(listener: FrameListener) {
    this.#listener = listener;
  }

  /** Takes what arrived; every frame that is whole by now is heard before this returns. */
  push(chunk: Buffer): void {
    if (this.#heldBytes === 0) {
      this.#cut(chunk);
      return;
    }
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
    if (this.#heldBytes < this.#neededBytes) return;
    const bytes = Buffer.concat(this.#held, this.#heldBytes);
    this.#held = [];
    this.#heldBytes = 0;
    this.#cut(bytes);
  }

  /** What is left of a frame that is not whole, or of a connection that speaks frames no longer. */
  takeRest(): Buffer {
    const rest = Buffer.concat(this.#held, this.#heldBytes);
    this.#held = [];
    this.#heldBytes = 0;
    return rest;
  }

  #cut(bytes: Buffer): void {
    let at = 0;
    this.#neededBytes = PREFIX_BYTES;
    while (bytes.length - at >= PREFIX_BYTES) {
      const word = bytes.readUInt32BE(at);
      const end = at + PREFIX_BYTES + (word >>> 8);
      if (end > bytes.length) {
        this.#neededBytes = end - at;
        break;
      }
      this.#listener(word & 0xff, bytes.readUInt32BE(at + 4), bytes, at + PREFIX_BYTES, end);
      at = end;
    }
    if (at < bytes.length) {
      this.#held.push(at === 0 ? bytes : bytes.subarray(at));
      this.#heldBytes = bytes.length - at;
    }
  }
}
