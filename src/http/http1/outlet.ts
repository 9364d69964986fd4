import type { Socket } from "node:net";
import type { Budget } from "../budget.ts";

/** A piece of the wire: latin1 text or bytes. */
export type Piece = string | Uint8Array;

/** Bytes up to this are joined to the text around them rather than written by themselves. */
const SMALL_BYTES = 4096;
const TEXT_LIMIT_BYTES = 64 * 1024;

/** What leaves a connection: joined into few writes, counted, and told when some of it has gone. */
export class Outlet {
  readonly #socket: Socket;
  readonly #budget: Budget;
  readonly #onLess: () => void;
  #text = "";
  /** Waits in answers that are not first in line. */
  #heldBytes = 0;
  #countedBytes = 0;
  #isInTurn = false;
  #isScheduled = false;
  #isWatching = false;

  /** `onLess` is called whenever some of what waited has gone. */
  constructor(socket: Socket, budget: Budget, onLess: () => void) {
    this.#socket = socket;
    this.#budget = budget;
    this.#onLess = onLess;
  }

  /** Bytes that wait for the client. */
  get waitingBytes(): number {
    return this.#text.length + this.#heldBytes + this.#socket.writableLength;
  }

  /** Whether the kernel has not taken all that was written. */
  get isBehind(): boolean {
    return this.#socket.writableLength > 0;
  }

  /** Adds a piece; it goes out with `flush`, large bytes at once. */
  add(piece: Piece): void {
    if (typeof piece === "string") this.#text += piece;
    else if (piece.length <= SMALL_BYTES) this.#text += textOf(piece);
    else this.#addLarge(piece);
    if (this.#text.length > TEXT_LIMIT_BYTES) this.flush();
  }

  /** Counts bytes that an answer keeps until its turn; negative when it gives them up. */
  hold(bytes: number): void {
    this.#heldBytes += bytes;
    this.#count();
  }

  /** Writes what was added. */
  flush(): void {
    if (this.#text !== "") {
      const text = this.#text;
      this.#text = "";
      this.#socket.write(text, "latin1");
    }
    if (this.#socket.writableLength > 0 || this.#countedBytes > 0) this.#watch();
  }

  /** Whether what is added now goes out with `release`. */
  get isGathering(): boolean {
    return this.#isInTurn;
  }

  /** Until `release`, whatever need not go at once is written together. */
  gather(): void {
    this.#isInTurn = true;
  }

  release(): void {
    this.#isInTurn = false;
    this.flush();
  }

  /** Flushes at the end of this turn of the event loop, or with `release`. */
  flushSoon(): void {
    if (this.#isScheduled || this.#isInTurn) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.flush();
    });
  }

  /** Writes what was added, and ends our side after it. */
  end(): void {
    this.flush();
    this.#socket.end(() => this.#count());
  }

  /** The connection is gone: nothing waits any more. */
  drop(): void {
    this.#text = "";
    this.#heldBytes = 0;
    const bytes = this.#countedBytes;
    this.#countedBytes = 0;
    this.#budget.add(-bytes);
  }

  #addLarge(bytes: Uint8Array): void {
    this.#socket.cork();
    this.flush();
    this.#socket.write(bytes);
    this.#socket.uncork();
    this.#watch();
  }

  #watch(): void {
    this.#count();
    if (this.#isWatching || this.#socket.writableLength === 0) return;
    // A write after the end, even of nothing, would destroy the socket with all that still waits.
    if (this.#socket.writableEnded) return;
    this.#isWatching = true;
    // Called once all that was written before has gone to the kernel.
    this.#socket.write("", this.#written);
  }

  readonly #written = (): void => {
    this.#isWatching = false;
    if (this.#socket.destroyed) return;
    this.#watch();
    this.#onLess();
  };

  #count(): void {
    const bytes = this.waitingBytes;
    const more = bytes - this.#countedBytes;
    this.#countedBytes = bytes;
    this.#budget.add(more);
  }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}
