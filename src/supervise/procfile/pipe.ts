import { execFileSync } from "node:child_process";
import { closeSync, constants, openSync, unlinkSync } from "node:fs";
import { Socket } from "node:net";
import { join } from "node:path";
import { deferred } from "../../kit/index.ts";
import { Lines } from "./lines.ts";
import type { Output } from "./output.ts";

/** How long a pipe is believed to bring more once its process is gone: somebody else may hold the other end for ever. */
const IDLE_MS = 100;

let count = 0;

/**
 * A pipe that a process writes both its outputs to, so that they keep their order. A real one: what Node calls a pipe is a
 * socket, and who opens /dev/stdout (nginx does) cannot open that.
 */
export class OutputPipe {
  /** For the process; to be closed here once the process has it. */
  readonly writeFd: number;
  readonly #socket: Socket;
  readonly #ended: Promise<void>;

  /** Makes the pipe by way of a name in `folder`, which must be private. Its lines go to `output` as those of `process`. */
  constructor(folder: string, process: string, output: Output) {
    const path = join(folder, `${count++}.pipe`);
    execFileSync("mkfifo", ["-m", "600", path]);
    const readFd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    this.writeFd = openSync(path, constants.O_WRONLY);
    unlinkSync(path);
    this.#socket = new Socket({ fd: readFd, readable: true, writable: false });
    this.#ended = this.#pass(process, output);
  }

  /** To be called once the process has its own end. */
  handedOver(): void {
    closeSync(this.writeFd);
  }

  /** Resolves when what was written so far has been passed on, however slow the reader is. `hurry` ends the patience. */
  async quiet(hurry: AbortSignal): Promise<void> {
    const { promise, resolve } = deferred();
    const look = (): void => void (this.#socket.isPaused() ? timer.refresh() : resolve());
    const timer = setTimeout(look, IDLE_MS);
    const more = (): void => void timer.refresh();
    this.#socket.on("data", more);
    if (hurry.aborted) resolve();
    hurry.addEventListener("abort", () => resolve());
    await Promise.race([promise, this.#ended]);
    this.#socket.off("data", more);
    clearTimeout(timer);
  }

  /** As `quiet`; then nothing more is read, whoever else still holds the other end. */
  async close(hurry: AbortSignal): Promise<void> {
    await this.quiet(hurry);
    this.#socket.destroy();
    await this.#ended;
  }

  #pass(process: string, output: Output): Promise<void> {
    const socket = this.#socket;
    const lines = new Lines();
    socket.on("data", (bytes: Buffer) => {
      if (output.write(process, lines.push(bytes))) return;
      socket.pause();
      void output.drained().then(() => socket.resume());
    });
    // What cannot be read any more has ended.
    socket.on("error", () => socket.destroy());
    return new Promise((resolve) => {
      socket.on("close", () => {
        output.write(process, lines.rest());
        resolve();
      });
    });
  }
}
