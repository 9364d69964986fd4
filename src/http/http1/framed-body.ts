import { ChunkedDecoder } from "./chunked.ts";
import type { Piece } from "./outlet.ts";
import { type Frame, type Framing, lengthIn } from "./writer.ts";

/** Where pieces of an answer go. */
export interface PieceSink {
  put(piece: Piece): void;
}

const NO_LIMITS = { bodyLimitBytes: 0, headLimitBytes: 1 << 20, fieldCountLimit: 1000 };

/** The body of a response on its way out, delimited as its framing says. */
export class FramedBody {
  readonly framing: Framing;
  readonly #sink: PieceSink;
  /** Bytes that Content-Length still promises. */
  #leftBytes: number;
  #decoder: ChunkedDecoder | undefined = undefined;

  /** Without `sizeBytes` the app's own Content-Length tells how much is promised. */
  constructor({ framing, lines }: Frame, sizeBytes: number | undefined, sink: PieceSink) {
    this.framing = framing;
    this.#leftBytes = framing === "length" ? (sizeBytes ?? lengthIn(lines) ?? 0) : 0;
    this.#sink = sink;
  }

  /** Returns how many of these bytes belong to the body. */
  write(bytes: Uint8Array): number {
    if (this.framing === "none") return 0;
    if (this.framing === "length") return this.#putPromised(bytes);
    if (this.framing === "chunked") this.#putChunk(bytes);
    else if (this.framing === "decoded") this.#putDecoded(bytes);
    else this.#sink.put(bytes);
    return bytes.length;
  }

  /** Ends it; false when less came than was promised. */
  end(): boolean {
    if (this.framing === "chunked") this.#sink.put("0\r\n\r\n");
    return this.framing !== "length" || this.#leftBytes === 0;
  }

  /** An app that writes more than it promised would put words into the next answer's mouth. */
  #putPromised(bytes: Uint8Array): number {
    const kept = bytes.length > this.#leftBytes ? bytes.subarray(0, this.#leftBytes) : bytes;
    this.#leftBytes -= kept.length;
    this.#sink.put(kept);
    return kept.length;
  }

  #putChunk(bytes: Uint8Array): void {
    this.#sink.put(`${bytes.length.toString(16)}\r\n`);
    this.#sink.put(bytes);
    this.#sink.put("\r\n");
  }

  #putDecoded(bytes: Uint8Array): void {
    this.#decoder ??= new ChunkedDecoder(NO_LIMITS, (data) => this.#sink.put(data));
    this.#decoder.read(bytes, 0);
  }
}
