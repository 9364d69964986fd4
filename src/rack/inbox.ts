import { FRAME, PREFIX_BYTES } from "./frames.ts";

/**
 * Hears a frame: its payload is `bytes` from `start` to `end`, which may be overwritten once the listener has returned. A
 * DATA frame may be heard as several, each with a part of its payload, as it arrives.
 */
export type FrameListener = (
  type: number,
  id: number,
  bytes: Buffer,
  start: number,
  end: number,
) => void;

const NOTHING = Buffer.alloc(0);

/** Cuts what arrives on a connection into frames. */
export class Inbox {
  readonly #listener: FrameListener;
  /** The frame that is not whole, or its prefix where not even that is. */
  #held: Buffer = NOTHING;
  #heldBytes = 0;
  /** Of a DATA frame that is under way: what is missing, and whose it is. */
  #missingBytes = 0;
  #dataId = 0;

  constructor(listener: FrameListener) {
    this.#listener = listener;
  }

  /** Takes what arrived; every frame that is whole by now is heard before this returns, and none of `chunk` is kept. */
  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#missingBytes > 0) at = this.#goOn(chunk, at);
      else if (this.#heldBytes > 0) at = this.#fill(chunk, at);
      else at = this.#cut(chunk, at);
    }
  }

  /** Hears the frames that are whole in `bytes` from `at` on; returns where it stopped. */
  #cut(bytes: Buffer, from: number): number {
    let at = from;
    while (bytes.length - at >= PREFIX_BYTES) {
      const word = bytes.readUInt32BE(at);
      const id = bytes.readUInt32BE(at + 4);
      const end = at + PREFIX_BYTES + (word >>> 8);
      if (end > bytes.length) {
        if (this.#beginsData(word, id)) return at + PREFIX_BYTES;
        this.#held = Buffer.allocUnsafe(end - at);
        return this.#fill(bytes, at);
      }
      this.#listener(word & 0xff, id, bytes, at + PREFIX_BYTES, end);
      at = end;
    }
    if (at === bytes.length) return at;
    this.#held = Buffer.allocUnsafe(PREFIX_BYTES);
    return this.#fill(bytes, at);
  }

  /** Adds to what is held as much of `bytes` as it lacks; returns where it stopped. */
  #fill(bytes: Buffer, from: number): number {
    const held = this.#held;
    const copied = bytes.copy(held, this.#heldBytes, from);
    this.#heldBytes += copied;
    if (this.#heldBytes < held.length) return from + copied;
    const word = held.readUInt32BE(0);
    const id = held.readUInt32BE(4);
    const length = PREFIX_BYTES + (word >>> 8);
    if (held.length < length && !this.#beginsData(word, id)) {
      this.#held = Buffer.allocUnsafe(length);
      held.copy(this.#held);
      return from + copied;
    }
    this.#held = NOTHING;
    this.#heldBytes = 0;
    if (this.#missingBytes === 0) this.#listener(word & 0xff, id, held, PREFIX_BYTES, length);
    return from + copied;
  }

  /** Waiting until a big piece of a body is whole would copy it. */
  #beginsData(word: number, id: number): boolean {
    if ((word & 0xff) !== FRAME.data) return false;
    this.#missingBytes = word >>> 8;
    this.#dataId = id;
    return true;
  }

  /** Hears what there is of a DATA frame; returns where it stopped. */
  #goOn(bytes: Buffer, from: number): number {
    const end = Math.min(bytes.length, from + this.#missingBytes);
    this.#missingBytes -= end - from;
    this.#listener(FRAME.data, this.#dataId, bytes, from, end);
    return end;
  }
}
