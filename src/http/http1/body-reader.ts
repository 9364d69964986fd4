import type { Intake } from "../body.ts";
import { ChunkedDecoder, type ChunkLimits } from "./chunked.ts";
import { CHUNKED } from "./framing.ts";
import type { Refusal } from "./refusal.ts";

/** Finds a body's bytes on the wire and hands them to their intake. */
export class BodyReader {
  readonly #intake: Intake;
  readonly #decoder: ChunkedDecoder | undefined;
  #leftBytes: number;
  /** The intake wants no more for the moment. */
  isFull = false;

  constructor(bodyBytes: number, limits: ChunkLimits, intake: Intake) {
    this.#intake = intake;
    this.#leftBytes = bodyBytes;
    this.#decoder = bodyBytes === CHUNKED ? this.#makeDecoder(limits) : undefined;
  }

  get refusal(): Refusal | undefined {
    return this.#decoder?.refusal;
  }

  get isComplete(): boolean {
    return this.#decoder === undefined ? this.#leftBytes === 0 : this.#decoder.isComplete;
  }

  /** Reads from `at` on; returns where it stopped. */
  read(bytes: Uint8Array, at: number): number {
    this.isFull = false;
    if (this.#decoder !== undefined) return this.#decoder.read(bytes, at);
    const stop = Math.min(bytes.length, at + this.#leftBytes);
    this.#leftBytes -= stop - at;
    this.isFull = !this.#intake.take(bytes.subarray(at, stop));
    return stop;
  }

  #makeDecoder(limits: ChunkLimits): ChunkedDecoder {
    return new ChunkedDecoder(limits, (data) => {
      this.isFull = !this.#intake.take(data);
    });
  }
}
