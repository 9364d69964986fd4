import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import type { TestContext } from "node:test";
import { RawClient } from "./http.ts";

/** `swiftclient`, eight digits of an address, four of a port, two of the length of the key that follows. */
const GREETING_BYTES = 25;

/** A server that has connected to a relay. */
export interface Backend {
  /** All that it said of itself. */
  readonly greeting: string;
  /** The proxy's end of the connection: what is sent here comes to the server as requests. */
  readonly line: RawClient;
}

/** The proxy's side of Swiftiply: takes the connections of servers, so that requests can be sent on them. */
export class Relay {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #arrived: Backend[] = [];
  #wake: () => void = () => {};

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.port = port;
    server.on("connection", (socket) => void this.#take(socket));
  }

  /** Listens on `port`, or a free one; ends with the test. */
  static async open(t: TestContext, port = 0): Promise<Relay> {
    const server = createServer({ noDelay: true, allowHalfOpen: true });
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    const relay = new Relay(server, typeof address === "object" ? (address?.port ?? 0) : 0);
    t.after(() => relay.close());
    return relay;
  }

  /** Connections that are open. */
  get size(): number {
    return this.#sockets.size;
  }

  /** The next server that connects, or has. */
  async next(): Promise<Backend> {
    for (;;) {
      const backend = this.#arrived.shift();
      if (backend) return backend;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** So many servers, in the order in which they connect. */
  async several(count: number): Promise<readonly Backend[]> {
    const backends: Backend[] = [];
    while (backends.length < count) backends.push(await this.next());
    return backends;
  }

  /** The proxy goes down, and every connection with it; resolves once its port is free. */
  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    if (!this.#server.listening) return;
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #take(socket: Socket): Promise<void> {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    const line = new RawClient(socket);
    try {
      const head = (await line.bytes(GREETING_BYTES)).toString("latin1");
      const keyBytes = Number.parseInt(head.slice(-2), 16);
      const key = (await line.bytes(keyBytes)).toString("latin1");
      this.#arrived.push({ greeting: head + key, line });
      this.#wake();
    } catch {
      // It went before it had said who it is: nobody that a test waits for.
    }
  }
}
