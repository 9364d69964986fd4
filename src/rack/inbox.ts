import { FRAME, PREFIX_BYTES } from "./frames.ts";

/**
 * Hears a frame: its payload is `bytes` from `start` to `end`. Nothing is copied on the way. A DATA frame may be heard as
 * several, each with a part of its payload, as it arrives.
 */
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
  /** Of a DATA frame that is under way: what is missing, and whose it is. */
  #missingBytes = 0;
  #dataId = 0;

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
    let at = this.#missingBytes > 0 ? this.#goOn(bytes) : 0;
    this.#neededBytes = PREFIX_BYTES;
    while (bytes.length - at >= PREFIX_BYTES) {
      const word = bytes.readUInt32BE(at);
      const end = at + PREFIX_BYTES + (word >>> 8);
      if (end > bytes.length && (word & 0xff) === FRAME.data) {
        this.#missingBytes = word >>> 8;
        this.#dataId = bytes.readUInt32BE(at + 4);
        at += PREFIX_BYTES;
        at += this.#goOn(bytes.subarray(at));
        break;
      }
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

  /** Waiting until a big piece of a body is whole would copy it. Returns how much of `bytes` belongs to it. */
  #goOn(bytes: Buffer): number {
    const end = Math.min(bytes.length, this.#missingBytes);
    this.#missingBytes -= end;
    if (end > 0) this.#listener(FRAME.data, this.#dataId, bytes, 0, end);
    return end;
  }
}
