import type { Socket } from "node:net";
import { Duplex } from "node:stream";

type Done = (error?: Error | null) => void;

/** A connection that has left HTTP. What is written before its turn waits for it. */
export class Tunnel extends Duplex {
  /** Hears of what is sent to the client. */
  onSent: ((bytes: Uint8Array) => void) | undefined = undefined;
  readonly #socket: Socket;
  #isEntered = false;
  #waiting: (() => void) | undefined = undefined;

  constructor(socket: Socket) {
    super({ allowHalfOpen: true });
    this.#socket = socket;
  }

  /** From now on the connection is this tunnel's. */
  enter(): void {
    this.#isEntered = true;
    this.#waiting?.();
    this.#waiting = undefined;
  }

  /** Bytes from the client. */
  receive(bytes: Uint8Array): void {
    if (!this.push(bytes)) this.#socket.pause();
  }

  override _read(): void {
    if (this.#isEntered) this.#socket.resume();
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: Done): void {
    this.#whenEntered(() => {
      this.onSent?.(chunk);
      this.#socket.write(chunk, done);
    });
  }

  override _writev(chunks: { chunk: Uint8Array }[], done: Done): void {
    this.#whenEntered(() => {
      for (const { chunk } of chunks) this.onSent?.(chunk);
      this.#socket.cork();
      const last = chunks.pop();
      for (const { chunk } of chunks) this.#socket.write(chunk);
      this.#socket.write(last?.chunk ?? "", done);
      this.#socket.uncork();
    });
  }

  override _final(done: Done): void {
    this.#whenEntered(() => this.#socket.end(() => done()));
  }

  override _destroy(error: Error | null, done: Done): void {
    if (this.#isEntered) this.#socket.destroy();
    done(error);
  }

  #whenEntered(task: () => void): void {
    if (this.#isEntered) task();
    else this.#waiting = task;
  }
}
