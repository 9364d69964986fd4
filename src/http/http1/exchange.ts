import type { Duplex } from "node:stream";
import {
  type FileBody,
  HOLDS,
  type Page,
  type Reply,
  type ResponseHead,
} from "../../message/index.ts";
import type { Intake } from "../body.ts";
import type { AccessRecord, Leaver } from "./access-record.ts";
import { sendFile } from "./file-response.ts";
import { FramedBody, type PieceSink } from "./framed-body.ts";
import { HeldPieces } from "./held-pieces.ts";
import type { Piece } from "./outlet.ts";
import type { Pipeline } from "./pipeline.ts";
import type { Tunnel } from "./tunnel.ts";
import {
  connectionLine,
  type Frame,
  type Framing,
  frame,
  headText,
  isEndless,
  plainPage,
  statusLine,
} from "./writer.ts";

/** `waiting` for its head, `started`, then one of the ends. */
type State = "waiting" | "started" | "complete" | "cut" | "tunnel" | "gone";

/** One request of a pipeline and its answer; what the answer says waits until it is first in line. */
export class Exchange implements Reply, PieceSink {
  onGone: (() => void) | undefined = undefined;
  onDrain: (() => void) | undefined = undefined;
  /** Where the request's body goes; freed with the exchange. */
  intake: Intake | undefined = undefined;
  /** Whether the client, and then the answer, wants the connection to go on. */
  isPersistent: boolean;
  /** Whether the whole request has been read. */
  isReceived = true;
  /** What is told of it in the end; undefined where nobody wants to hear of it. */
  readonly record: AccessRecord | undefined;
  readonly #pipeline: Pipeline;
  readonly #isOld: boolean;
  readonly #isHead: boolean;
  #state: State = "waiting";
  /** The body that has been started. */
  #body: FramedBody | undefined = undefined;
  #held: HeldPieces | undefined = undefined;
  #isFull = false;
  #opened: Tunnel | undefined = undefined;

  constructor(
    pipeline: Pipeline,
    isOld: boolean,
    isHead: boolean,
    isPersistent: boolean,
    record: AccessRecord | undefined,
  ) {
    this.#pipeline = pipeline;
    this.#isOld = isOld;
    this.#isHead = isHead;
    this.isPersistent = isPersistent;
    this.record = record;
  }

  get assignment(): AccessRecord | undefined {
    return this.record;
  }

  get isOpen(): boolean {
    return this.#state === "waiting" || this.#state === "started";
  }

  get keepsBytes(): boolean {
    return this.#held !== undefined || this.#pipeline.outlet.isBehind;
  }

  get hasRoom(): boolean {
    return !this.#pipeline.front.budget.isSpent;
  }

  get isStarted(): boolean {
    return this.#state !== "waiting";
  }

  /** Whether no byte of a body goes out: HEAD, 304 and the like. */
  get needsNoBody(): boolean {
    return this.#framing === "none";
  }

  /** Whether the connection may go on to the next answer. */
  get isOver(): boolean {
    return this.#state === "complete";
  }

  whenRoom(done: () => void): void {
    this.#pipeline.front.budget.whenRoom(done);
  }

  inform(status: number, lines: string): void {
    if (this.#state !== "waiting" || this.#isOld) return;
    this.put(`${statusLine(status)}${lines}\r\n`);
    this.#pipeline.outlet.flushSoon();
  }

  respond(head: ResponseHead, body: string | Uint8Array): void {
    if (this.#state !== "waiting") return;
    if (head.status < 200) {
      this.fail(500);
      return;
    }
    const framed = frame(head, body.length, this.#isOld, this.#isHead);
    this.record?.answer(head);
    const text = this.#headText(head, framed);
    if (framed.framing !== "none") this.record?.add(body.length);
    if (framed.framing === "none" || body.length === 0) this.put(text);
    else if (typeof body === "string" && framed.framing !== "decoded") this.put(text + body);
    else this.#putWhole(text, body, framed);
    this.#complete();
  }

  respondFile(head: ResponseHead, file: FileBody): Promise<void> {
    return sendFile(this, this.#pipeline.front.emit, head, file);
  }

  start(head: ResponseHead): void {
    this.startSized(head, undefined);
  }

  /** As `start`, where the length of the body is known but may not stand in the head. */
  startSized(head: ResponseHead, sizeBytes: number | undefined): void {
    if (this.#state !== "waiting") return;
    if (head.status < 200) {
      this.fail(500);
      return;
    }
    const framed = frame(head, sizeBytes, this.#isOld, this.#isHead);
    this.record?.answer(head);
    this.put(this.#headText(head, framed));
    this.#state = "started";
    this.#body = new FramedBody(framed, sizeBytes, this);
    this.#pipeline.outlet.flushSoon();
  }

  write(bytes: Uint8Array): boolean {
    if (this.#state !== "started" || bytes.length === 0) return this.isOpen && !this.#isFull;
    const takenBytes = this.#body?.write(bytes) ?? 0;
    this.record?.add(takenBytes);
    this.#pipeline.outlet.flushSoon();
    this.#isFull = this.#pipeline.isFull;
    return !this.#isFull;
  }

  end(): void {
    if (this.#state !== "started") return;
    if (this.#body?.end() === false) this.cut();
    else this.#complete();
  }

  cut(): void {
    if (!this.isOpen) return;
    this.#state = "cut";
    this.isPersistent = false;
    if (this.#pipeline.isFirst(this)) this.#breakOff();
  }

  fail(status: number, lines = "", page?: Page): void {
    if (this.#state !== "waiting") {
      this.cut();
      return;
    }
    const { contentType, text } = page ?? plainPage(status);
    const typeLine = `content-type: ${contentType}\r\n`;
    this.respond({ status, lines: lines + typeLine, holds: 0 }, Buffer.from(text, "utf8"));
  }

  tunnel(head: string): Duplex {
    const tunnel = this.#pipeline.makeTunnel();
    if (!this.isOpen) {
      tunnel.destroy();
      return tunnel;
    }
    this.put(head);
    this.#state = "tunnel";
    this.#opened = tunnel;
    const { record } = this;
    if (head !== "") record?.addRaw(Buffer.from(head, "latin1"));
    if (record !== undefined) tunnel.onSent = (bytes) => record.addRaw(bytes);
    if (this.#pipeline.isFirst(this)) this.#pipeline.enterTunnel(this, tunnel);
    return tunnel;
  }

  /** Sends a piece, or keeps it until its turn. */
  put(piece: Piece): void {
    if (this.#pipeline.isFirst(this)) {
      this.#pipeline.outlet.add(piece);
      return;
    }
    this.#held ??= new HeldPieces(this.#pipeline.outlet);
    this.#held.put(piece);
  }

  /** Its turn has come: what it held goes out. */
  becomeFirst(): void {
    this.#held?.release();
    this.#held = undefined;
    if (this.#state === "cut") this.#breakOff();
    else if (this.#opened !== undefined) this.#pipeline.enterTunnel(this, this.#opened);
  }

  /** There is room again. */
  drain(): void {
    if (!this.#isFull) return;
    this.#isFull = false;
    if (this.isOpen) this.onDrain?.();
  }

  /** The whole answer has gone out. */
  leave(): void {
    this.intake?.release();
    this.record?.close("complete");
  }

  /** It will not be answered, or not to the end: the connection is at its end. */
  lose(leaver: Leaver): void {
    const wasOpen = this.isOpen;
    this.#tellLost(leaver);
    if (wasOpen) this.#state = "gone";
    this.#held = undefined;
    this.intake?.release();
    this.#opened?.destroy();
    if (wasOpen) this.onGone?.();
  }

  #tellLost(leaver: Leaver): void {
    const { record } = this;
    if (record === undefined) return;
    if (this.#held !== undefined) record.forgetAnswer();
    const isTunnel = this.#state === "tunnel" && this.#held === undefined;
    record.close(isTunnel ? "tunnel" : leaver);
  }

  #breakOff(): void {
    this.record?.close("cut");
    this.#pipeline.cut(this.#framing);
  }

  #complete(): void {
    this.#state = "complete";
    this.#pipeline.proceed();
  }

  get #framing(): Framing {
    return this.#body?.framing ?? "none";
  }

  #headText(head: ResponseHead, framed: Frame): string {
    const pipeline = this.#pipeline;
    const isLast = !this.isReceived || pipeline.isLast(this) || isEndless(framed.framing);
    const isToClose = (head.holds & HOLDS.close) !== 0 && !pipeline.isKept;
    if (isLast || isToClose) this.isPersistent = false;
    return headText(head, framed, pipeline.front, connectionLine(this.isPersistent, this.#isOld));
  }

  #putWhole(text: string, body: string | Uint8Array, framed: Frame): void {
    this.put(text);
    const bytes = typeof body === "string" ? Buffer.from(body, "latin1") : body;
    if (framed.framing === "decoded") new FramedBody(framed, undefined, this).write(bytes);
    else this.put(bytes);
  }
}
