import type { Socket } from "node:net";
import { FRAME, PREFIX_BYTES } from "./frames.ts";

const BUFFER_BYTES = 65_536;

/** What is to be written to a slot: gathered while the event loop turns, written once at its end. */
export class Outbox {
  readonly #socket: Socket;
  readonly #flushed: () => void;
  #buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  #used = 0;
  #isScheduled = false;

  /** `flushed` is called when everything so far is on its way to the worker. */
  constructor(socket: Socket, flushed: () => void) {
    this.#socket = socket;
    this.#flushed = flushed;
  }

  /** Puts a REQUEST frame in line, without an object in between. */
  request(id: number, head: string): void {
    const length = PREFIX_BYTES + head.length;
    this.#makeRoom(length);
    if (length > BUFFER_BYTES) {
      this.bytes(requestFrame(id, head));
      return;
    }
    const at = this.#used;
    this.#buffer.writeUInt32BE(((head.length << 8) | FRAME.request) >>> 0, at);
    this.#buffer.writeUInt32BE(id, at + 4);
    this.#buffer.latin1Write(head, at + PREFIX_BYTES);
    this.#used = at + length;
    this.#schedule();
  }

  /** Puts bytes in line; big ones are not copied. */
  bytes(bytes: Uint8Array): void {
    if (bytes.length > BUFFER_BYTES / 4) {
      this.#write();
      this.#socket.write(bytes);
    } else {
      this.#makeRoom(bytes.length);
      this.#buffer.set(bytes, this.#used);
      this.#used += bytes.length;
    }
    this.#schedule();
  }

  /** Forgets what has not been written. */
  clear(): void {
    this.#used = 0;
  }

  readonly #flush = (): void => {
    this.#isScheduled = false;
    this.#write();
    this.#flushed();
  };

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(this.#flush);
  }

  #makeRoom(length: number): void {
    if (this.#used + length > BUFFER_BYTES) this.#write();
  }

  /** The buffer is ours again once the kernel has taken it all, which it nearly always does at once. */
  #write(): void {
    if (this.#used === 0) return;
    this.#socket.write(this.#buffer.subarray(0, this.#used));
    this.#used = 0;
    if (this.#socket.writableLength > 0) this.#buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  }
}

function requestFrame(id: number, head: string): Buffer {
  const frame = Buffer.allocUnsafe(PREFIX_BYTES + head.length);
  frame.writeUInt32BE(((head.length << 8) | FRAME.request) >>> 0, 0);
  frame.writeUInt32BE(id, 4);
  frame.latin1Write(head, PREFIX_BYTES);
  return frame;
}
