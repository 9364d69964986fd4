import { lookup } from "node:dns/promises";
import { connect, type Socket } from "node:net";
import type { Clock } from "../kit/index.ts";
import type { SwiftiplyAddress } from "./address.ts";

/** Who gets the connections to a proxy, and hears how it stands. */
export interface SwiftiplyEvents {
  /** A connection is open and the proxy knows whose it is: requests come on it as on one that was accepted. */
  relayed(socket: Socket, address: SwiftiplyAddress): void;
  /** The proxy has a connection, for the first time or again. */
  reached(address: SwiftiplyAddress): void;
  /** The proxy cannot be connected to; said once until it can. */
  notReached(reason: string, address: SwiftiplyAddress): void;
}

/** A lost connection is made again after up to so long, by chance, so that not all servers come at once. */
const REDIAL_MS = 1_000;
/** One that fails again and again is tried less often, down to this. */
const REDIAL_CEILING_MS = 8_000;
/** A connection that has held so long was a good one, even if nobody asked anything. */
const GOOD_MS = 10_000;
/** The kernel looks after this silence whether the proxy is still there. */
const PROBE_MS = 60_000;

/** The connections to a Swiftiply proxy: each is made anew whenever it ends, until we are done. */
export class SwiftiplyLines {
  readonly #lines: readonly Line[];
  readonly #address: SwiftiplyAddress;
  readonly #events: SwiftiplyEvents;
  #isReached: boolean | undefined = undefined;

  constructor(address: SwiftiplyAddress, clock: Clock, events: SwiftiplyEvents) {
    this.#address = address;
    this.#events = events;
    this.#lines = Array.from({ length: address.connections }, () => new Line(address, clock, this));
  }

  /** Begins to connect. */
  open(): void {
    for (const line of this.#lines) line.dial();
  }

  /** Connects no more; requests that are under way have their connections until they are answered. */
  close(): void {
    for (const line of this.#lines) line.close();
  }

  connected(socket: Socket): void {
    if (this.#isReached !== true) this.#events.reached(this.#address);
    this.#isReached = true;
    this.#events.relayed(socket, this.#address);
  }

  notConnected(reason: string): void {
    if (this.#isReached !== false) this.#events.notReached(reason, this.#address);
    this.#isReached = false;
  }
}

/** One of them. */
class Line {
  readonly #address: SwiftiplyAddress;
  readonly #clock: Clock;
  readonly #lines: SwiftiplyLines;
  #failures = 0;
  #isClosed = false;
  /** Not connected yet. */
  #dialling: Socket | undefined = undefined;
  #cancel: () => void = () => {};

  constructor(address: SwiftiplyAddress, clock: Clock, lines: SwiftiplyLines) {
    this.#address = address;
    this.#clock = clock;
    this.#lines = lines;
  }

  dial(): void {
    const { host, port } = this.#address;
    const startedAtMs = this.#clock.nowMs();
    const socket = connect({ host, port, noDelay: true, allowHalfOpen: true });
    this.#dialling = socket;
    socket.setKeepAlive(true, PROBE_MS);
    socket.once("connect", () => void this.#introduce(socket));
    socket.on("error", ({ code, message }: NodeJS.ErrnoException) => {
      if (this.#dialling === socket) this.#lines.notConnected(code ?? message);
    });
    socket.once("close", () => this.#ended(socket, this.#clock.nowMs() - startedAtMs));
  }

  close(): void {
    this.#isClosed = true;
    this.#cancel();
    this.#dialling?.destroy();
  }

  async #introduce(socket: Socket): Promise<void> {
    const greeting = await greetingFor(this.#address);
    // It may have ended, or we may have been told to end, while the name was looked up.
    if (socket.destroyed || this.#dialling !== socket) return;
    this.#dialling = undefined;
    socket.write(greeting, "latin1");
    this.#lines.connected(socket);
  }

  #ended(socket: Socket, heldMs: number): void {
    this.#dialling = undefined;
    if (this.#isClosed) return;
    const isGood = socket.bytesRead > 0 || heldMs >= GOOD_MS;
    this.#failures = isGood ? 0 : this.#failures + 1;
    const mostMs = Math.min(REDIAL_CEILING_MS, REDIAL_MS * 2 ** this.#failures);
    this.#cancel = this.#clock.after(Math.random() * mostMs, () => this.dial());
  }
}

/** What the proxy is told first: a word, the address that we connect to as it is in hexadecimal, and the key. */
async function greetingFor({ host, port, key }: SwiftiplyAddress): Promise<string> {
  const bytes = [
    ...(await ipv4Of(host)).split(".").map(Number),
    port >> 8,
    port & 0xff,
    key.length,
  ];
  const digits = bytes.map((byte) => byte.toString(16).padStart(2, "0"));
  return `swiftclient${digits.join("")}${key}`;
}

/** The protocol has room for IPv4 only; who has no such address says zeros, as Thin does. */
async function ipv4Of(host: string): Promise<string> {
  try {
    return (await lookup(host, { family: 4 })).address;
  } catch {
    return "0.0.0.0";
  }
}
