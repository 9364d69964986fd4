import type { Intake } from "./body.ts";
import { ConnectionLostError } from "./errors.ts";

/** A reader that waits for more. */
interface Waiting {
  resolve(result: IteratorResult<Uint8Array>): void;
  reject(error: Error): void;
}

/** Passes a body on as it arrives; a pull is what lets the client send more. For one reader. */
export class StreamedBody implements Intake, AsyncIterable<Uint8Array>, AsyncIterator<Uint8Array> {
  readonly #onPull: () => void;
  readonly #queue: Uint8Array[] = [];
  #isWhole = false;
  #isReleased = false;
  #waiting: Waiting | undefined = undefined;

  /** `onPull` is called when the reader waits and nothing is here. */
  constructor(onPull: () => void) {
    this.#onPull = onPull;
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return this;
  }

  next(): Promise<IteratorResult<Uint8Array>> {
    const bytes = this.#queue.shift();
    if (bytes !== undefined) return Promise.resolve({ done: false, value: bytes });
    if (this.#isWhole) return Promise.resolve({ done: true, value: undefined });
    if (this.#isReleased) return Promise.reject(new ConnectionLostError());
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#onPull();
    });
  }

  return(): Promise<IteratorResult<Uint8Array>> {
    this.#queue.length = 0;
    return Promise.resolve({ done: true, value: undefined });
  }

  take(bytes: Uint8Array): boolean {
    if (bytes.length === 0) return this.#waiting !== undefined;
    if (this.#waiting === undefined) this.#queue.push(bytes);
    else this.#settle((waiting) => waiting.resolve({ done: false, value: bytes }));
    return false;
  }

  finish(): void {
    this.#isWhole = true;
    this.#settle((waiting) => waiting.resolve({ done: true, value: undefined }));
  }

  release(): void {
    this.#isReleased = true;
    this.#settle((waiting) => waiting.reject(new ConnectionLostError()));
  }

  #settle(task: (waiting: Waiting) => void): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting !== undefined) task(waiting);
  }
}
