import { LineHost } from "./line-host.ts";
import { type Order, orderIn, type Reply } from "./messages.ts";

/** An order is short. */
const LIMIT_BYTES = 4_096;

/** Listens for orders to a server, on a socket in its private folder. */
export class ControlHost {
  readonly #host: LineHost;
  readonly #carryOut: (order: Order) => Promise<unknown>;

  /**
   * `carryOut` resolves when an order is done, with an Error where a part of it is not; what it rejects with is told to
   * who gave the order.
   */
  constructor(path: string, carryOut: (order: Order) => Promise<unknown>) {
    this.#carryOut = carryOut;
    const answer = async (line: string) => JSON.stringify(await this.#reply(line));
    this.#host = new LineHost(path, { limitBytes: LIMIT_BYTES, answer }).unref();
    // Commands fall back to signals where the socket cannot be had.
    this.#host.listening.catch(() => {});
  }

  /** Listens no more, and removes the socket. Who waits for a reply sees the connection close. */
  close(): void {
    this.#host.close();
  }

  async #reply(line: string): Promise<Reply> {
    const order = orderIn(line);
    if (order === undefined) return { reply: "failed", message: "This is no order of ours." };
    try {
      const missed = await this.#carryOut(order);
      return missed instanceof Error
        ? { reply: "partly", message: missed.message }
        : { reply: "done" };
    } catch (error) {
      return { reply: "failed", message: error instanceof Error ? error.message : String(error) };
    }
  }
}
