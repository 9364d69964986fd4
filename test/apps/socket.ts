import { on, once } from "node:events";
import WebSocket from "ws";
import type { App } from "./visitor.ts";

/** What came over a WebSocket, in order, for whoever asks next. */
export class Socket implements AsyncDisposable {
  readonly ws: WebSocket;
  readonly #messages: AsyncIterator<[Buffer, boolean]>;

  private constructor(ws: WebSocket) {
    this.ws = ws;
    const until = { signal: AbortSignal.timeout(20_000), close: ["close"] };
    this.#messages = on(ws, "message", until) as AsyncIterableIterator<[Buffer, boolean]>;
  }

  /** Resolves when the handshake is done. */
  static async open(app: App, path: string, protocol: string): Promise<Socket> {
    const { url } = app();
    const target = new URL(path, url.replace("http", "ws"));
    return Socket.opened(new WebSocket(target, protocol, { origin: new URL(url).origin }));
  }

  /** The same for one that has just been made. */
  static async opened(ws: WebSocket): Promise<Socket> {
    const socket = new Socket(ws);
    await once(ws, "open");
    return socket;
  }

  /** The next message, as bytes and whether it was a binary one. */
  async next(): Promise<{ readonly bytes: Buffer; readonly isBinary: boolean }> {
    const { value, done } = await this.#messages.next();
    if (done) throw new Error("The WebSocket was closed, and no message came before that.");
    return { bytes: value[0], isBinary: value[1] };
  }

  async text(): Promise<string> {
    return (await this.next()).bytes.toString();
  }

  /** Resolves with the close code of the other side. */
  async close(): Promise<number> {
    const closed = once(this.ws, "close");
    this.ws.close(1000);
    const [code] = await closed;
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.ws.readyState === WebSocket.CLOSED) return;
    const closed = once(this.ws, "close");
    this.ws.terminate();
    await closed;
  }
}
