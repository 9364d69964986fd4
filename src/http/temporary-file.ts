import { randomBytes } from "node:crypto";
import { close, type NoParamCallback, open, unlink, writev } from "node:fs";
import { join } from "node:path";

/** Bytes that may wait for the disk before `append` says so. With less a fast client is stopped again and again. */
const WAITING_LIMIT_BYTES = 1024 * 1024;

/** A file that grows by appending and is readable by us only. Errors come once, through `onError`. */
export class TemporaryFile {
  readonly path: string;
  /** Called when `append` returned false and the disk has caught up. */
  onDrain: (() => void) | undefined = undefined;
  readonly #onError: (error: Error) => void;
  #fd: number | undefined = undefined;
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #isBusy = true;
  #isRemoved = false;
  #onFinished: (() => void) | undefined = undefined;

  /** Creates the file, 0600, in `folder`. */
  constructor(folder: string, onError: (error: Error) => void) {
    this.path = join(folder, `gossamer-${process.pid}-${randomBytes(8).toString("hex")}`);
    this.#onError = onError;
    open(this.path, "wx", 0o600, (error, fd) => {
      if (error !== null) return this.#fail(error);
      this.#fd = fd;
      this.#next();
    });
  }

  /** Adds bytes; false when so many wait for the disk that the sender should. */
  append(bytes: Uint8Array): boolean {
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    if (!this.#isBusy) this.#next();
    return this.#waitingBytes <= WAITING_LIMIT_BYTES;
  }

  /** Calls back once everything is written and the file is closed. Nothing may be appended after. */
  finish(done: () => void): void {
    this.#onFinished = done;
    if (!this.#isBusy) this.#next();
  }

  /** Removes the file, whatever its state; gone already is right as well. */
  remove(): void {
    if (this.#isRemoved) return;
    this.#isRemoved = true;
    this.#waiting = [];
    if (!this.#isBusy) this.#next();
  }

  #next(): void {
    this.#isBusy = this.#waiting.length > 0;
    if (this.#isBusy) this.#writeWaiting();
    else if (this.#isRemoved) this.#closeThen(() => unlink(this.path, ignoreMissing));
    else if (this.#onFinished !== undefined) this.#closeThen(this.#onFinished);
  }

  #writeWaiting(): void {
    const pieces = this.#waiting.splice(0, 512);
    if (this.#fd !== undefined) writeAll(this.#fd, pieces, (error) => this.#written(error, pieces));
  }

  #written(error: Error | null, pieces: readonly Uint8Array[]): void {
    if (error !== null) {
      this.#fail(error);
      return;
    }
    for (const piece of pieces) this.#waitingBytes -= piece.length;
    this.#next();
    if (this.#waitingBytes <= WAITING_LIMIT_BYTES / 2) this.onDrain?.();
  }

  #closeThen(task: () => void): void {
    this.#onFinished = undefined;
    if (this.#fd === undefined) {
      task();
      return;
    }
    this.#isBusy = true;
    close(this.#fd, () => {
      this.#fd = undefined;
      this.#isBusy = false;
      if (this.#isRemoved) unlink(this.path, ignoreMissing);
      else task();
    });
  }

  #fail(error: Error): void {
    this.#isBusy = false;
    this.#waiting = [];
    const wasRemoved = this.#isRemoved;
    this.remove();
    if (!wasRemoved) this.#onError(error);
  }
}

/** Writes all of the pieces: one `writev` may take less than it was given. */
function writeAll(fd: number, pieces: Uint8Array[], done: NoParamCallback): void {
  writev(fd, pieces, (error, written) => {
    if (error !== null) return done(error);
    const rest = after(pieces, written);
    if (rest.length === 0) done(null);
    else writeAll(fd, rest, done);
  });
}

function after(pieces: Uint8Array[], written: number): Uint8Array[] {
  let left = written;
  let whole = 0;
  for (const piece of pieces) {
    if (left < piece.length) break;
    left -= piece.length;
    whole++;
  }
  const [first, ...others] = pieces.slice(whole);
  return first === undefined ? [] : [first.subarray(left), ...others];
}

function ignoreMissing(): void {
  // Whoever read the file may have unlinked it already, and that is fine.
}
