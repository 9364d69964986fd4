import type { Socket } from "node:net";
import { type Control, decodeControl, encodeControl } from "../frames.ts";
import { Inbox } from "../inbox.ts";

/** The control connection of a worker or a mold. */
export class ControlLine {
  readonly #socket: Socket;
  readonly #inbox: Inbox;
  readonly #inspections: ((backtraces: string) => void)[] = [];

  /** `closed` is called once when the other end is no more. */
  constructor(socket: Socket, heard: (frame: Control) => void, closed: () => void) {
    this.#socket = socket;
    this.#inbox = new Inbox((type, _id, bytes, start, end) => {
      const frame = decodeControl(type, bytes.subarray(start, end));
      if (frame?.type === "backtraces") this.#inspections.shift()?.(frame.fields.join("\0"));
      else if (frame) heard(frame);
    });
    socket.on("data", (chunk: Buffer) => this.#inbox.push(chunk));
    socket.on("end", () => socket.end());
    // A reset tells no more than the close that follows it.
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      for (const resolve of this.#inspections.splice(0)) resolve("");
      closed();
    });
  }

  /** What came together with the greeting. Whoever hears it may want to answer, so it has to have the line by then. */
  take(rest: Buffer): void {
    if (rest.length > 0) this.#inbox.push(rest);
  }

  /** Hangs up: the process is gone, even if a child of its has the line open. */
  close(): void {
    this.#socket.destroy();
  }

  /** Says something to the process. */
  tell(frame: Control): void {
    if (!this.#socket.destroyed) this.#socket.write(encodeControl(frame));
  }

  /** What each thread of the process is doing; "" when it does not say so in time. */
  inspect(timeoutMs: number): Promise<string> {
    if (this.#socket.destroyed) return Promise.resolve("");
    this.tell({ type: "inspect" });
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(""), timeoutMs);
      this.#inspections.push((text) => {
        clearTimeout(timer);
        // What the slots have brought with it comes first.
        setImmediate(() => resolve(text));
      });
    });
  }
}
