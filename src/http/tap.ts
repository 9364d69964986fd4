import type { Socket } from "node:net";
import type { Peer } from "../message/index.ts";
import type { BytesPassed } from "./facts.ts";

/** So much of a piece is told; what is beyond is counted. */
const SHOWN_BYTES = 64 * 1024;

/**
 * Tells of every piece that passes through a connection, both ways. To be put on before anybody else reads.
 * Nothing of it costs anything where there is none: it takes the place of the socket's own `write`.
 */
export function tap(socket: Socket, peer: Peer, emit: (fact: BytesPassed) => void): void {
  socket.on("data", (bytes: Buffer) => emit(passed("bytes-received", peer, bytes)));
  const write = socket.write as (...args: readonly unknown[]) => boolean;
  socket.write = ((chunk: string | Uint8Array, ...rest: readonly unknown[]) => {
    if (chunk.length > 0) emit(passed("bytes-sent", peer, bytesOf(chunk)));
    return write.call(socket, chunk, ...rest);
  }) as Socket["write"];
}

function passed(type: BytesPassed["type"], peer: Peer, bytes: Buffer): BytesPassed {
  const text = bytes.toString("utf8", 0, Math.min(bytes.length, SHOWN_BYTES));
  return { type, peer, text, omittedBytes: Math.max(0, bytes.length - SHOWN_BYTES) };
}

/** Text is latin1 on its way out. */
function bytesOf(chunk: string | Uint8Array): Buffer {
  if (typeof chunk === "string") return Buffer.from(chunk, "latin1");
  return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}
