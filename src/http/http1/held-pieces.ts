import type { Outlet, Piece } from "./outlet.ts";

/** What an answer says before its turn: kept, and counted as waiting for the client. */
export class HeldPieces {
  readonly #outlet: Outlet;
  readonly #pieces: Piece[] = [];

  constructor(outlet: Outlet) {
    this.#outlet = outlet;
  }

  put(piece: Piece): void {
    this.#pieces.push(piece);
    this.#outlet.hold(piece.length);
  }

  /** Lets all of it go out. */
  release(): void {
    for (const piece of this.#pieces) {
      this.#outlet.hold(-piece.length);
      this.#outlet.add(piece);
    }
  }
}
