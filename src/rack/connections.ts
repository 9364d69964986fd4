import { chmodSync, chownSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeControl, PREFIX_BYTES } from "./frames.ts";

/** What a connection said that it is for. */
export interface Hello {
  readonly purpose: string;
  readonly number: number;
  readonly generation: number;
  readonly pid: number;
  /** The id of a tunnel's request. */
  readonly detail: number;
}

/** Hears of a connection that has introduced itself; `rest` is what it said after that. */
export type HelloListener = (hello: Hello, socket: Socket, rest: Buffer) => void;

/** The private way from Ruby to us: one UNIX socket in a folder that is the user's alone, as are request bodies. */
export class Connections {
  readonly folder: string;
  readonly path: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  /** Makes the folder, whose name begins with `prefix`, and listens. Ruby processes may be started at once: they find the socket there. */
  constructor(prefix: string, listener: HelloListener) {
    this.folder = mkdtempSync(join(privateFolder(), prefix));
    chmodSync(this.folder, 0o700);
    this.path = join(this.folder, "front.sock");
    this.#server = createServer({ allowHalfOpen: true }, (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
      greet(socket, listener);
    });
    this.#server.listen({ path: this.path, backlog: 1024 });
    this.#server.unref();
  }

  /** Gives the folder to the user that this process is going to be. */
  giveTo(uid: number, gid: number): void {
    for (const path of [this.path, this.folder]) chownSync(path, uid, gid);
  }

  /** Hangs up on everybody and removes the folder. */
  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    try {
      rmSync(this.folder, { recursive: true, force: true });
    } catch {
      // Who has given up root's rights may not take it out of a folder of root's. It is empty, and nobody else's.
    }
  }
}

/** The path of a UNIX socket must fit into some hundred bytes, so a long TMPDIR is not taken. */
function privateFolder(): string {
  const folder = tmpdir();
  return folder.length < 60 ? folder : "/tmp";
}

const MAX_HELLO_BYTES = 4_096;

function greet(socket: Socket, listener: HelloListener): void {
  let held: Buffer = Buffer.alloc(0);
  const hear = (chunk: Buffer): void => {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    const end = held.length < 4 ? MAX_HELLO_BYTES : PREFIX_BYTES + (held.readUInt32BE(0) >>> 8);
    if (end > MAX_HELLO_BYTES) socket.destroy();
    if (held.length < end || end > MAX_HELLO_BYTES) return;
    socket.off("data", hear);
    socket.off("error", giveUp);
    const hello = helloOf(held.subarray(0, end));
    if (hello) listener(hello, socket, held.subarray(end));
    else socket.destroy();
  };
  const giveUp = (): void => {
    socket.destroy();
  };
  socket.on("data", hear);
  socket.on("error", giveUp);
}

function helloOf(frame: Buffer): Hello | undefined {
  const said = decodeControl(frame[3] as number, frame.subarray(PREFIX_BYTES));
  if (said?.type !== "hello") return undefined;
  const [purpose = "", number, generation, pid, detail] = said.fields;
  return {
    purpose,
    number: Number(number),
    generation: Number(generation),
    pid: Number(pid),
    detail: Number(detail ?? 0),
  };
}
