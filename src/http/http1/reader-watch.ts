import type { Socket } from "node:net";

/** Notices a client that takes nothing at all of what waits for it. */
export class ReaderWatch {
  readonly #socket: Socket;
  #unsentBytes = 0;
  #sinceMs = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Whether the client has taken nothing for that long, as far as one look after the other tells. */
  isStuck(nowMs: number, limitMs: number): boolean {
    const bytes = unsentBytes(this.#socket);
    if (bytes !== 0 && bytes === this.#unsentBytes) return nowMs - this.#sinceMs >= limitMs;
    this.#unsentBytes = bytes;
    this.#sinceMs = nowMs;
    return false;
  }
}

/** Falls with every byte that the kernel takes; `writableLength` alone falls a whole write at a time. */
function unsentBytes(socket: Socket): number {
  const { _handle } = socket as unknown as { _handle?: { writeQueueSize?: number } | null };
  return socket.writableLength + (_handle?.writeQueueSize ?? 0);
}
