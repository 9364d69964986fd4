import type { Duplex } from "node:stream";
import {
  type FileBody,
  HOLDS,
  type Page,
  type Reply,
  type ResponseHead,
} from "../../message/index.ts";
import type { Intake } from "../body.ts";
import { ChunkedDecoder } from "./chunked.ts";
import type { Connection } from "./connection.ts";
import { sendFile } from "./file-response.ts";
import type { Piece } from "./outlet.ts";
import type { Tunnel } from "./tunnel.ts";
import { type Frame, type Framing, frame, lengthIn, statusLine } from "./writer.ts";

/** `waiting` for its head, `started`, then one of the ends. */
type State = "waiting" | "started" | "complete" | "cut" | "tunnel" | "gone";

const NO_LIMITS = { bodyLimitBytes: 0, headLimitBytes: 1 << 20, fieldCountLimit: 1000 };

/** One request of a connection and its answer; what the answer says waits until it is first in line. */
export class Exchange implements Reply {
  onGone: (() => void) | undefined = undefined;
  onDrain: (() => void) | undefined = undefined;
  /** Where the request's body goes; freed with the exchange. */
  intake: Intake | undefined = undefined;
  /** Whether the client, and then the answer, wants the connection to go on. */
  isPersistent: boolean;
  private readonly connection: Connection;
  private readonly isOld: boolean;
  private readonly isHead: boolean;
  private state: State = "waiting";
  private framing: Framing = "none";
  /** Bytes that Content-Length still promises. */
  private leftBytes = 0;
  private decoder: ChunkedDecoder | undefined = undefined;
  private held: Piece[] | undefined = undefined;
  private isFull = false;
  private opened: Tunnel | undefined = undefined;

  constructor(connection: Connection, isOld: boolean, isHead: boolean, isPersistent: boolean) {
    this.connection = connection;
    this.isOld = isOld;
    this.isHead = isHead;
    this.isPersistent = isPersistent;
  }

  get isOpen(): boolean {
    return this.state === "waiting" || this.state === "started";
  }

  get isStarted(): boolean {
    return this.state !== "waiting";
  }

  /** Whether no byte of a body goes out: HEAD, 304 and the like. */
  get needsNoBody(): boolean {
    return this.framing === "none";
  }

  /** Whether the connection may go on to the next answer. */
  get isOver(): boolean {
    return this.state === "complete";
  }

  inform(status: number, lines: string): void {
    if (this.state !== "waiting" || this.isOld) return;
    this.put(`${statusLine(status)}${lines}\r\n`);
    this.connection.flushSoon();
  }

  respond(head: ResponseHead, body: string | Uint8Array): void {
    if (this.state !== "waiting") return;
    if (head.status < 200) {
      this.fail(500);
      return;
    }
    const framed = frame(head, body.length, this.isOld, this.isHead);
    const text = this.headText(head, framed);
    if (framed.framing === "none" || body.length === 0) this.put(text);
    else if (typeof body === "string" && framed.framing !== "decoded") this.put(text + body);
    else this.putWhole(text, body, framed.framing);
    this.complete();
  }

  respondFile(head: ResponseHead, file: FileBody): Promise<void> {
    return sendFile(this, this.connection.emit, head, file);
  }

  start(head: ResponseHead): void {
    this.startSized(head, undefined);
  }

  /** As `start`, where the length of the body is known but may not stand in the head. */
  startSized(head: ResponseHead, sizeBytes: number | undefined): void {
    if (this.state !== "waiting") return;
    if (head.status < 200) {
      this.fail(500);
      return;
    }
    const framed = frame(head, sizeBytes, this.isOld, this.isHead);
    this.put(this.headText(head, framed));
    this.state = "started";
    this.framing = framed.framing;
    if (framed.framing === "length") this.leftBytes = sizeBytes ?? lengthIn(framed.lines) ?? 0;
    this.connection.flushSoon();
  }

  write(bytes: Uint8Array): boolean {
    if (this.state !== "started" || bytes.length === 0) return this.isOpen && !this.isFull;
    if (this.framing === "length") this.putPromised(bytes);
    else if (this.framing === "chunked") this.putChunk(bytes);
    else this.putBody(bytes, this.framing);
    this.connection.flushSoon();
    this.isFull = this.connection.isFull;
    return !this.isFull;
  }

  end(): void {
    if (this.state !== "started") return;
    if (this.framing === "length" && this.leftBytes > 0) {
      this.cut();
      return;
    }
    if (this.framing === "chunked") this.put("0\r\n\r\n");
    this.complete();
  }

  cut(): void {
    if (!this.isOpen) return;
    this.state = "cut";
    this.isPersistent = false;
    if (this.connection.isFirst(this)) this.connection.cut(this.framing);
  }

  fail(status: number, lines = "", page?: Page): void {
    if (this.state !== "waiting") {
      this.cut();
      return;
    }
    const { contentType, text } = page ?? {
      contentType: "text/plain",
      text: `${statusLine(status).slice(9, -2)}\n`,
    };
    const body = Buffer.from(text, "utf8");
    this.respond({ status, lines: `${lines}content-type: ${contentType}\r\n`, holds: 0 }, body);
  }

  tunnel(head: string): Duplex {
    const tunnel = this.connection.makeTunnel();
    if (!this.isOpen) {
      tunnel.destroy();
      return tunnel;
    }
    this.put(head);
    this.state = "tunnel";
    this.opened = tunnel;
    if (this.connection.isFirst(this)) this.connection.enterTunnel(this, tunnel);
    return tunnel;
  }

  /** Its turn has come: what it held goes out. */
  becomeFirst(): void {
    const pieces = this.held;
    this.held = undefined;
    for (const piece of pieces ?? []) {
      this.connection.outlet.hold(-piece.length);
      this.connection.outlet.add(piece);
    }
    if (this.state === "cut") this.connection.cut(this.framing);
    else if (this.opened !== undefined) this.connection.enterTunnel(this, this.opened);
  }

  /** There is room again. */
  drain(): void {
    if (!this.isFull) return;
    this.isFull = false;
    if (this.isOpen) this.onDrain?.();
  }

  /** The client has gone. */
  lose(): void {
    const wasOpen = this.isOpen;
    if (wasOpen) this.state = "gone";
    this.held = undefined;
    this.intake?.release();
    this.opened?.destroy();
    if (wasOpen) this.onGone?.();
  }

  private complete(): void {
    this.state = "complete";
    this.connection.proceed();
  }

  private headText(head: ResponseHead, framed: Frame): string {
    const { holds } = head;
    const { connection } = this;
    const isEndless = framed.framing === "close" || framed.framing === "decoded";
    if ((holds & HOLDS.close) !== 0 || isEndless || connection.mustCloseAfter(this)) {
      this.isPersistent = false;
    }
    const date = (holds & HOLDS.date) === 0 ? connection.dateLine() : "";
    const server = (holds & HOLDS.server) === 0 ? connection.serverLine : "";
    return `${statusLine(head.status)}${date}${server}${framed.lines}${framed.line}${this.connectionLine()}\r\n`;
  }

  /** RFC 9112 §9.3: persistence is the default of HTTP/1.1 and has to be said to HTTP/1.0. */
  private connectionLine(): string {
    if (!this.isPersistent) return "connection: close\r\n";
    return this.isOld ? "connection: keep-alive\r\n" : "";
  }

  private putWhole(text: string, body: string | Uint8Array, framing: Framing): void {
    this.put(text);
    this.putBody(typeof body === "string" ? Buffer.from(body, "latin1") : body, framing);
  }

  private putBody(bytes: Uint8Array, framing: Framing): void {
    if (framing === "none") return;
    if (framing !== "decoded") {
      this.put(bytes);
      return;
    }
    this.decoder ??= new ChunkedDecoder(NO_LIMITS, (data) => this.put(data));
    this.decoder.read(bytes, 0);
  }

  /** An app that writes more than it promised would put words into the next answer's mouth. */
  private putPromised(bytes: Uint8Array): void {
    const kept = bytes.length > this.leftBytes ? bytes.subarray(0, this.leftBytes) : bytes;
    this.leftBytes -= kept.length;
    this.put(kept);
  }

  private putChunk(bytes: Uint8Array): void {
    this.put(`${bytes.length.toString(16)}\r\n`);
    this.put(bytes);
    this.put("\r\n");
  }

  private put(piece: Piece): void {
    if (this.connection.isFirst(this)) {
      this.connection.outlet.add(piece);
      return;
    }
    this.held ??= [];
    this.held.push(piece);
    this.connection.outlet.hold(piece.length);
  }
}
