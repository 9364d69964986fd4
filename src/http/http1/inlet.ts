import type { Socket } from "node:net";
import type { Clock } from "../../kit/index.ts";
import type { Outlet } from "./outlet.ts";

const NOTHING = Buffer.alloc(0);

/** Who reads what comes in. */
export interface InletReader {
  /** Whether it can go on although nothing came. */
  readonly canGoOn: boolean;
  /** Reads as far as may be; returns where it stopped. */
  read(bytes: Buffer): number;
  /** A turn of reading is over. */
  rest(): void;
}

/** What enters a connection: bytes that their reader does not take yet are kept, and reading stands still. */
export class Inlet {
  /** When bytes came last. */
  readAtMs: number;
  readonly #socket: Socket;
  readonly #outlet: Outlet;
  readonly #reader: InletReader;
  #kept: Buffer | undefined = undefined;

  constructor(socket: Socket, outlet: Outlet, clock: Clock, reader: InletReader) {
    this.#socket = socket;
    this.#outlet = outlet;
    this.#reader = reader;
    this.readAtMs = clock.nowMs();
    socket.on("data", (bytes: Buffer) => {
      this.readAtMs = clock.nowMs();
      this.#feed(bytes);
    });
  }

  /** Whether bytes wait for their reader. */
  get isStopped(): boolean {
    return this.#kept !== undefined;
  }

  /** Goes on with what was kept, then with reading; nothing in the middle of a turn, which goes on by itself. */
  resume(): void {
    if (this.#outlet.isGathering) return;
    const bytes = this.#kept;
    this.#kept = undefined;
    if (bytes !== undefined || this.#reader.canGoOn) this.#feed(bytes ?? NOTHING);
    else this.#reader.rest();
    if (this.#kept === undefined && !this.#socket.destroyed) this.#socket.resume();
  }

  /** Nobody wants what was kept. */
  drop(): void {
    this.#kept = undefined;
  }

  #feed(bytes: Buffer): void {
    this.#outlet.gather();
    const at = this.#reader.read(bytes);
    if (at < bytes.length) this.#keep(bytes.subarray(at));
    this.#outlet.release();
    this.#reader.rest();
  }

  #keep(bytes: Buffer): void {
    this.#kept = bytes;
    this.#socket.pause();
  }
}
