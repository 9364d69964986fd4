import type { Socket } from "node:net";
import { transportOf } from "../transport.ts";

/** Notices a client that takes nothing at all of what waits for it. */
export class ReaderWatch {
  readonly #socket: Socket;
  readonly #transport: Socket;
  #unsentBytes = 0;
  #sinceMs = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.#transport = transportOf(socket);
  }

  /** Whether the client has taken nothing for that long, as far as one look after the other tells. */
  isStuck(nowMs: number, limitMs: number): boolean {
    const bytes = unsentBytes(this.#socket, this.#transport);
    if (bytes !== 0 && bytes === this.#unsentBytes) return nowMs - this.#sinceMs >= limitMs;
    this.#unsentBytes = bytes;
    this.#sinceMs = nowMs;
    return false;
  }
}

/** Falls with every byte that the kernel takes; `writableLength` alone falls a whole write at a time. */
function unsentBytes(socket: Socket, transport: Socket): number {
  const { _handle } = transport as unknown as { _handle?: { writeQueueSize?: number } | null };
  return socket.writableLength + (_handle?.writeQueueSize ?? 0);
}
