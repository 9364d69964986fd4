import type { Socket } from "node:net";
import type { Clock } from "../kit/index.ts";
import type { Timed, Timeouts } from "./timeouts.ts";

const BUSY = "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

/** How many get time; those beyond may see a reset instead of their answer. */
const LIMIT = 64;

/** Clients beyond the limit: each gets 503, and a few of them the time to read it. */
export class TurnedAway {
  readonly #timeouts: Timeouts;
  readonly #clock: Clock;
  readonly #lingerMs: number;
  readonly #sockets = new Set<Socket>();

  constructor(timeouts: Timeouts, clock: Clock, lingerMs: number) {
    this.#timeouts = timeouts;
    this.#clock = clock;
    this.#lingerMs = lingerMs;
  }

  add(socket: Socket): void {
    // It goes away in any case; how does not matter.
    socket.on("error", () => {});
    if (this.#sockets.size < LIMIT) this.#linger(socket);
    else socket.end(BUSY, () => socket.destroy());
  }

  shut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Reads on for a while: closing with bytes unread would reset the answer away. */
  #linger(socket: Socket): void {
    const dueMs = this.#clock.nowMs() + this.#lingerMs;
    const timed: Timed = { tick: (nowMs) => nowMs >= dueMs && socket.destroy() };
    this.#sockets.add(socket);
    this.#timeouts.add(timed);
    socket.on("close", () => {
      this.#sockets.delete(socket);
      this.#timeouts.delete(timed);
    });
    socket.end(BUSY);
    socket.resume();
  }
}
