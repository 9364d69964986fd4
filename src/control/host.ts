import { createServer, type Server, type Socket } from "node:net";
import { type Order, orderIn, type Reply } from "./messages.ts";

/** An order is short; whoever sends more than this is not a command of ours. */
const LIMIT_BYTES = 4_096;

/** Listens for orders on a UNIX socket that only its folder protects: the folder must be private to the user. */
export class ControlHost {
  readonly #server: Server;
  readonly #carryOut: (order: Order) => Promise<void>;
  readonly #sockets = new Set<Socket>();

  /** `carryOut` resolves when an order is done; what it rejects with is told to who gave it. */
  constructor(path: string, carryOut: (order: Order) => Promise<void>) {
    this.#carryOut = carryOut;
    this.#server = createServer((socket) => this.#hear(socket));
    // Commands fall back to signals where the socket cannot be had.
    this.#server.on("error", () => {});
    this.#server.listen(path);
    this.#server.unref();
  }

  /** Listens no more, and removes the socket. Who waits for a reply sees the connection close. */
  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #hear(socket: Socket): void {
    let text = "";
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    socket.setEncoding("utf8");
    const listen = (chunk: string): void => {
      text += chunk;
      const end = text.indexOf("\n");
      if (end < 0 && text.length < LIMIT_BYTES) return;
      socket.off("data", listen);
      void this.#reply(text.slice(0, end)).then((reply) =>
        socket.end(`${JSON.stringify(reply)}\n`),
      );
    };
    socket.on("data", listen);
  }

  async #reply(line: string): Promise<Reply> {
    const order = orderIn(line);
    if (order === undefined) return { reply: "failed", message: "This is no order of ours." };
    try {
      await this.#carryOut(order);
      return { reply: "done" };
    } catch (error) {
      return { reply: "failed", message: error instanceof Error ? error.message : String(error) };
    }
  }
}
