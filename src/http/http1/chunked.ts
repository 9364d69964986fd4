/**
 * Decodes chunks, RFC 9112 §7.1, byte by byte where the bytes are framing and in one piece where
 * they are data, so that it never matters how they were split.
 */
import { TOKEN } from "./names.ts";
import { Refusal } from "./refusal.ts";

/** What a decoder may take before it refuses. 0 for `bodyLimitBytes`: no limit. */
export interface ChunkLimits {
  readonly bodyLimitBytes: number;
  /** Of the trailer section, in bytes. */
  readonly headLimitBytes: number;
  readonly fieldCountLimit: number;
}

/** A chunk's first line; nobody sends extensions, and long ones have been used to exhaust servers. */
const LINE_LIMIT_BYTES = 4096;
/** All extensions of one body. */
const EXTENSIONS_LIMIT_BYTES = 16 * 1024;

const BAD_BYTE = new Refusal(400, "A control byte, or CR or LF alone, in a chunk's framing");
const BAD_SIZE = new Refusal(400, "A chunk does not start with its size in hexadecimal");
const LONG_LINE = new Refusal(400, "A chunk's first line is longer than the limit");
const LONG_EXTENSIONS = new Refusal(400, "The chunk extensions are longer than the limit");
const NO_END = new Refusal(400, "A chunk is longer than its size says");
const TOO_LARGE = new Refusal(413, "The body is larger than the limit");
const BAD_TRAILER = new Refusal(400, "A trailer line is not NAME: VALUE");
const LONG_TRAILER = new Refusal(431, "The trailer section is longer than the limit");

const SIZE_LINE = /^([0-9A-Fa-f]+)((?:[ \t]*;.*)?)$/s;
const EXTENSION =
  /[ \t]*;[ \t]*[!#$%&'*+\-.^_`|~\w]+(?:[ \t]*=[ \t]*(?:[!#$%&'*+\-.^_`|~\w]+|"(?:[^"\\]|\\.)*"))?/y;

/** What follows next on the wire. */
type Expecting = "size" | "data" | "dataCr" | "dataLf" | "trailer" | "nothing";

export class ChunkedDecoder {
  readonly #limits: ChunkLimits;
  readonly #emit: (bytes: Uint8Array) => void;
  #expecting: Expecting = "size";
  #line = "";
  #sawCr = false;
  #left = 0;
  #decodedBytes = 0;
  #extensionBytes = 0;
  #trailerBytes = 0;
  #trailerCount = 0;
  /** Why the bytes are no body, once they are not. */
  refusal: Refusal | undefined = undefined;

  /** Data goes to `emit` as it is found, as views of what came in. */
  constructor(limits: ChunkLimits, emit: (bytes: Uint8Array) => void) {
    this.#limits = limits;
    this.#emit = emit;
  }

  /** True once the last chunk and its trailer section have been read. */
  get isComplete(): boolean {
    return this.#expecting === "nothing";
  }

  /** Reads from `at` on; returns where it stopped: at the end of the body, of the bytes, or a fault. */
  read(bytes: Uint8Array, at: number): number {
    let here = at;
    while (here < bytes.length && this.#expecting !== "nothing" && this.refusal === undefined) {
      if (this.#expecting === "data") here = this.#readData(bytes, here);
      else this.#readByte(bytes[here++] ?? 0);
    }
    return here;
  }

  #readData(bytes: Uint8Array, at: number): number {
    const stop = Math.min(bytes.length, at + this.#left);
    this.#left -= stop - at;
    if (this.#left === 0) this.#expecting = "dataCr";
    this.#emit(bytes.subarray(at, stop));
    return stop;
  }

  #readByte(byte: number): void {
    if (this.#expecting === "dataCr") {
      if (byte === 13) this.#expecting = "dataLf";
      else this.refusal = NO_END;
    } else if (this.#expecting === "dataLf") {
      if (byte === 10) this.#expecting = "size";
      else this.refusal = NO_END;
    } else this.#readLineByte(byte);
  }

  #readLineByte(byte: number): void {
    if (this.#sawCr !== (byte === 10) || (byte < 32 && !isLineByte(byte)) || byte === 127) {
      this.refusal = BAD_BYTE;
    } else if (
      this.#expecting === "trailer" &&
      ++this.#trailerBytes > this.#limits.headLimitBytes
    ) {
      this.refusal = LONG_TRAILER;
    } else if (byte === 13) {
      this.#sawCr = true;
    } else if (byte === 10) {
      this.#endLine();
    } else if (this.#line.length >= LINE_LIMIT_BYTES && this.#expecting === "size") {
      this.refusal = LONG_LINE;
    } else this.#line += String.fromCharCode(byte);
  }

  #endLine(): void {
    const line = this.#line;
    this.#line = "";
    this.#sawCr = false;
    this.refusal = this.#expecting === "size" ? this.#takeSize(line) : this.#takeTrailer(line);
  }

  #takeSize(line: string): Refusal | undefined {
    const found = SIZE_LINE.exec(line);
    if (found === null) return BAD_SIZE;
    const [, digits = "", extensions = ""] = found;
    const size = Number.parseInt(digits, 16);
    if (!Number.isSafeInteger(size) || !areExtensions(extensions)) return BAD_SIZE;
    this.#extensionBytes += extensions.length;
    if (this.#extensionBytes > EXTENSIONS_LIMIT_BYTES) return LONG_EXTENSIONS;
    this.#decodedBytes += size;
    const { bodyLimitBytes } = this.#limits;
    if (bodyLimitBytes > 0 && this.#decodedBytes > bodyLimitBytes) return TOO_LARGE;
    this.#left = size;
    this.#expecting = size === 0 ? "trailer" : "data";
    return undefined;
  }

  /** Trailer fields are checked and dropped: merging them into the head is a known hole, §7.1.2. */
  #takeTrailer(line: string): Refusal | undefined {
    if (line === "") {
      this.#expecting = "nothing";
      return undefined;
    }
    if (++this.#trailerCount > this.#limits.fieldCountLimit) return LONG_TRAILER;
    const colon = line.indexOf(":");
    return colon > 0 && TOKEN.test(line.slice(0, colon)) ? undefined : BAD_TRAILER;
  }
}

function isLineByte(byte: number): boolean {
  return byte === 9 || byte === 13 || byte === 10;
}

function areExtensions(text: string): boolean {
  let at = 0;
  while (at < text.length) {
    EXTENSION.lastIndex = at;
    if (!EXTENSION.test(text)) return false;
    at = EXTENSION.lastIndex;
  }
  return true;
}
