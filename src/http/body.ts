import type { RequestBody } from "../message/index.ts";
import { TemporaryFile } from "./temporary-file.ts";

/** What a request whose body is with us yet is told about it. */
export interface BodyEvents {
  /** The body is whole. */
  whole(body: RequestBody): void;
  /** `take` returned false before; more may come now. */
  ready(): void;
  /** The body cannot be kept. */
  failed(path: string, error: Error): void;
}

/** Where a body's bytes go as they arrive. */
export interface Intake {
  /** Takes decoded bytes; false: no more until `ready`. */
  take(bytes: Uint8Array): boolean;
  /** No more follow. */
  finish(): void;
  /** The client has gone, the body is broken, or the request is over: frees what is held. */
  release(): void;
}

export interface BodyLimits {
  readonly bodyMemoryLimitBytes: number;
  readonly temporaryFolder: string;
}

const FIRST_BYTES = 4096;

/** Takes a body in whole: in memory up to a limit, then in a temporary file. */
export class WholeBody implements Intake {
  readonly #limits: BodyLimits;
  readonly #events: BodyEvents;
  #buffer: Uint8Array = new Uint8Array(0);
  #sizeBytes = 0;
  #file: TemporaryFile | undefined = undefined;

  constructor(limits: BodyLimits, events: BodyEvents) {
    this.#limits = limits;
    this.#events = events;
  }

  take(bytes: Uint8Array): boolean {
    const before = this.#sizeBytes;
    this.#sizeBytes += bytes.length;
    if (this.#file !== undefined) return this.#file.append(bytes);
    if (this.#sizeBytes > this.#limits.bodyMemoryLimitBytes) return this.#spill(before, bytes);
    if (before === 0) this.#buffer = bytes;
    else this.#grow(before, bytes);
    return true;
  }

  finish(): void {
    const file = this.#file;
    const sizeBytes = this.#sizeBytes;
    if (file === undefined) {
      if (sizeBytes === 0) this.#events.whole({ kind: "none" });
      else this.#events.whole({ kind: "bytes", bytes: this.#buffer.subarray(0, sizeBytes) });
    } else {
      file.finish(() => this.#events.whole({ kind: "file", path: file.path, sizeBytes }));
    }
  }

  release(): void {
    this.#file?.remove();
    this.#buffer = new Uint8Array(0);
  }

  #spill(before: number, bytes: Uint8Array): boolean {
    const file = new TemporaryFile(this.#limits.temporaryFolder, (error) =>
      this.#events.failed(file.path, error),
    );
    file.onDrain = () => this.#events.ready();
    this.#file = file;
    if (before > 0) file.append(this.#buffer.subarray(0, before));
    this.#buffer = new Uint8Array(0);
    return file.append(bytes);
  }

  /** Doubles a buffer of our own: bytes that trickle in cost what they weigh, not an object each. */
  #grow(before: number, bytes: Uint8Array): void {
    const wanted = before + bytes.length;
    if (this.#buffer.length < wanted) {
      const larger = Buffer.allocUnsafeSlow(Math.max(FIRST_BYTES, wanted * 2));
      larger.set(this.#buffer.subarray(0, before));
      this.#buffer = larger;
    }
    this.#buffer.set(bytes, before);
  }
}
