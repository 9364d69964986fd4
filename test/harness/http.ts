import { once } from "node:events";
import { connect, type NetConnectOpts, type Socket } from "node:net";
import type { Owner } from "./server.ts";

const TAIL_BYTES = 400;

/** A response as it came: nothing joined, nothing hidden. */
export interface RawResponse {
  readonly statusLine: string;
  readonly status: number;
  /** Names in lower case, in the order of arrival. */
  readonly fields: readonly (readonly [string, string])[];
  /** The first field of that name. */
  field(name: string): string | undefined;
  /** Decoded, when it was chunked. */
  readonly body: Buffer;
  readonly text: string;
}

/** A client that sends exactly the bytes it is given. */
export class RawClient {
  readonly socket: Socket;
  #received: Buffer = Buffer.alloc(0);
  #hasEnded = false;
  #wake: () => void = () => {};

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (bytes) => {
      this.#received = Buffer.concat([this.#received, bytes]);
      this.#wake();
    });
    // A reset ends the connection like anything else; whoever reads sees it ended.
    socket.on("error", () => {});
    socket.on("close", () => this.#end());
    socket.on("end", () => this.#end());
  }

  /** Connects to `{ port }` or `{ path }`; the connection is closed when the test ends. */
  static async open(
    t: Pick<Owner, "after">,
    where: { port: number } | { path: string },
  ): Promise<RawClient> {
    const options: NetConnectOpts = "path" in where ? where : { host: "127.0.0.1", ...where };
    const socket = connect({ ...options, allowHalfOpen: true });
    t.after(async () => void socket.destroy());
    await once(socket, "connect");
    return new RawClient(socket);
  }

  send(bytes: string | Uint8Array): void {
    this.socket.write(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes);
  }

  /** `GET path` with a Host, kept alive. */
  get(path: string): void {
    this.send(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  }

  /** Reads one response; `method` HEAD has no body. Interim ones (1xx) are responses too. */
  async read(method = "GET"): Promise<RawResponse> {
    const head = (await this.until(Buffer.from("\r\n\r\n"))).toString("latin1").slice(0, -4);
    const [statusLine = "", ...lines] = head.split("\r\n");
    const status = Number(statusLine.split(" ")[1]);
    const fields = lines.map(split);
    const field = (name: string): string | undefined => fields.find(([one]) => one === name)?.[1];
    const isBare = method === "HEAD" || status < 200 || status === 204 || status === 304;
    const body = isBare ? Buffer.alloc(0) : await this.#body(field);
    return { statusLine, status, fields, field, body, text: body.toString("utf8") };
  }

  /** Everything up to and with `mark`. */
  async until(mark: Buffer): Promise<Buffer> {
    let at = this.#received.indexOf(mark);
    while (at < 0) {
      await this.#more();
      at = this.#received.indexOf(mark);
    }
    return this.#take(at + mark.length);
  }

  /** Exactly so many bytes. */
  async bytes(count: number): Promise<Buffer> {
    while (this.#received.length < count) await this.#more();
    return this.#take(count);
  }

  /** What is left when the other side ends the connection; resolves only then. */
  async rest(): Promise<Buffer> {
    while (!this.#hasEnded) await this.#news();
    return this.#take(this.#received.length);
  }

  /**
   * How many bytes there are until the other side ends the connection, those that are here already among them, and what
   * the last few say; the others are not kept.
   */
  async count(): Promise<{ readonly bytes: number; readonly tail: string }> {
    let bytes = 0;
    let tail = Buffer.alloc(0);
    const take = (): void => {
      const taken = this.#take(this.#received.length);
      bytes += taken.length;
      tail = Buffer.concat([tail, taken]).subarray(-TAIL_BYTES);
    };
    this.socket.resume();
    for (take(); !this.#hasEnded; take()) await this.#news();
    take();
    return { bytes, tail: tail.toString("latin1") };
  }

  async #body(field: (name: string) => string | undefined): Promise<Buffer> {
    if (field("transfer-encoding") === "chunked") return this.#chunks();
    const length = field("content-length");
    return length === undefined ? this.rest() : this.bytes(Number(length));
  }

  async #chunks(): Promise<Buffer> {
    const chunks: Buffer[] = [];
    for (;;) {
      const size = Number.parseInt((await this.until(Buffer.from("\r\n"))).toString("latin1"), 16);
      if (size > 0) chunks.push(await this.bytes(size));
      const line = await this.until(Buffer.from("\r\n"));
      if (size > 0) continue;
      // The trailer section ends with an empty line; each line before it is a field.
      for (let last = line; last.length > 2; ) last = await this.until(Buffer.from("\r\n"));
      return Buffer.concat(chunks);
    }
  }

  #take(count: number): Buffer {
    const taken = this.#received.subarray(0, count);
    this.#received = this.#received.subarray(count);
    return taken;
  }

  async #more(): Promise<void> {
    if (this.#hasEnded) {
      throw new Error(
        `The connection ended; unread: ${JSON.stringify(this.#received.toString("latin1"))}`,
      );
    }
    await this.#news();
  }

  #news(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #end(): void {
    this.#hasEnded = true;
    this.#wake();
  }
}

function split(line: string): readonly [string, string] {
  const colon = line.indexOf(":");
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
}
