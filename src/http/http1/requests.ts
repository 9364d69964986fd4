import type { Peer, RequestBody } from "../../message/index.ts";
import type { FrontParts } from "../front.ts";
import { AccessRecord, type Leaver, type Said } from "./access-record.ts";
import { Exchange } from "./exchange.ts";
import { HeadReader } from "./head-reader.ts";
import { type BodyOwner, IncomingBody } from "./incoming-body.ts";
import type { Head } from "./parser.ts";
import type { Pipeline } from "./pipeline.ts";
import { Refusal } from "./refusal.ts";

/** What the next bytes are: of a head, of a body, of no interest, or somebody else's. */
type Phase = "head" | "body" | "drop" | "over";

/** What the client is to send next. */
export type Awaited = "first" | "next" | "head" | "body" | "nothing";

const NO_BODY: RequestBody = { kind: "none" };
const NO_ROOM = new Refusal(500, "The body could not be kept");

/** The requests in a connection's bytes: read, and handed to the handler; broken ones are refused. */
export class Requests implements BodyOwner {
  readonly #front: FrontParts;
  readonly #peer: Peer;
  readonly #pipeline: Pipeline;
  readonly #resume: () => void;
  readonly #heads: HeadReader;
  #phase: Phase = "head";
  /** The body that is being read. */
  #body: IncomingBody | undefined = undefined;
  #owesContinue = false;
  #isFresh = true;

  /** `resume` is called when reading may go on that stood still. */
  constructor(front: FrontParts, peer: Peer, pipeline: Pipeline, resume: () => void) {
    this.#front = front;
    this.#peer = peer;
    this.#pipeline = pipeline;
    this.#resume = resume;
    this.#heads = new HeadReader(front.options);
  }

  get awaited(): Awaited {
    if (this.#phase === "body") return this.#body?.isFull === true ? "nothing" : "body";
    if (this.#phase !== "head") return "nothing";
    if (!this.#heads.isEmpty) return "head";
    if (!this.#pipeline.isEmpty) return "nothing";
    return this.#isFresh ? "first" : "next";
  }

  /** Whether the client has sent a part of a request only. */
  get isMidway(): boolean {
    return this.#phase === "body" || !this.#heads.isEmpty;
  }

  /** When the first byte of the newest request came. */
  get startedAtMs(): number {
    return this.#heads.startedAtMs;
  }

  /** Reads as far as may be; returns where it stopped. */
  read(bytes: Buffer, nowMs: number): number {
    if (this.#pipeline.canUnpark) this.#begin(this.#pipeline.unpark());
    let text = "";
    let at = 0;
    while (at < bytes.length) {
      if (this.#phase === "head") {
        if (this.#pipeline.isBlocked) return at;
        if (text === "") text = bytes.toString("latin1");
        at = this.#readHead(text, at, nowMs);
      } else if (this.#phase === "body" && this.#body !== undefined) {
        if (this.#body.isFull) return at;
        at = this.#body.read(bytes, at);
      } else return this.#phase === "over" ? at : bytes.length;
    }
    return at;
  }

  /** Reads no more, as the connection is at its end; returns the part of a head that is here. */
  stop(leaver: Leaver): string {
    const parked = this.#pipeline.unpark();
    if (parked !== undefined) this.#record(parked)?.close(leaver);
    this.#phase = "over";
    this.#body = undefined;
    return this.#heads.clear();
  }

  /** Answers by ourselves; the connection ends with it, because where the next request starts is unsure. */
  refuse({ status, reason }: Refusal): void {
    this.#front.emit({ type: "request-refused", status, reason, peer: this.#peer });
    const exchange = this.#body?.exchange ?? this.#addBroken();
    this.#body = undefined;
    this.#phase = "drop";
    this.#heads.clear();
    exchange.isPersistent = false;
    exchange.record?.refuse();
    const { onGone } = exchange;
    exchange.intake?.release();
    exchange.fail(status);
    onGone?.();
  }

  dispatch({ line, authority, fields }: Head, exchange: Exchange, body: RequestBody): void {
    const { method, target, parts, protocol } = line;
    const { path, query } = parts;
    const peer = this.#peer;
    const receivedAtMs = this.#heads.startedAtMs;
    const request = {
      ...{ peer, method, target, path, query, protocol, authority, fields, body, receivedAtMs },
    };
    try {
      this.#front.handler(request, exchange);
    } catch (error) {
      this.#front.emit({ type: "handler-failed", error });
      exchange.fail(500);
    }
  }

  endBody(exchange: Exchange): void {
    this.#body = undefined;
    exchange.isReceived = true;
    this.#phase = exchange.isPersistent ? "head" : "drop";
  }

  readBody(): void {
    this.#resume();
  }

  loseBody(path: string, error: Error): void {
    this.#front.emit({ type: "file-failed", path, error });
    this.refuse(NO_ROOM);
  }

  #readHead(text: string, at: number, nowMs: number): number {
    const heads = this.#heads;
    const head = heads.read(text, at, nowMs);
    if (head instanceof Refusal) this.refuse(head);
    else if (head !== undefined) this.#take(head, heads.stoppedAt === text.length);
    return heads.stoppedAt;
  }

  #take(head: Head, isAllThereIs: boolean): void {
    this.#isFresh = false;
    this.#owesContinue = head.expectsContinue && isAllThereIs;
    if (!this.#pipeline.park(head)) this.#begin(head);
  }

  #begin(head: Head | undefined): void {
    if (head === undefined) return;
    const isOld = head.line.protocol === "HTTP/1.0";
    const isHead = head.line.method === "HEAD";
    const isPersistent = head.isPersistent || this.#pipeline.isKept;
    const record = this.#record(head);
    const exchange = new Exchange(this.#pipeline, isOld, isHead, isPersistent, record);
    this.#pipeline.add(exchange, head);
    if (head.bodyBytes !== 0) {
      this.#beginBody(head, exchange);
      return;
    }
    if (!isPersistent) this.#phase = "drop";
    this.dispatch(head, exchange, NO_BODY);
  }

  #beginBody(head: Head, exchange: Exchange): void {
    const { options } = this.#front;
    this.#phase = "body";
    exchange.isReceived = false;
    this.#body = new IncomingBody(head, exchange, this.#owesContinue, options, this);
    this.#body.begin();
  }

  #addBroken(): Exchange {
    const record = this.#record(undefined);
    const exchange = new Exchange(this.#pipeline, false, this.#heads.isOfHead, false, record);
    this.#pipeline.add(exchange);
    return exchange;
  }

  /** Of a head, or of one that is broken; undefined where nobody wants to hear of it. */
  #record(head: Head | undefined): AccessRecord | undefined {
    if (!this.#front.options.tellsRequests) return undefined;
    const heads = this.#heads;
    const said = head ? saidBy(head) : { requestLine: heads.requestLine, fields: [] };
    return new AccessRecord(this.#front, this.#peer, said, heads.startedAtMs);
  }
}

function saidBy({ line, fields }: Head): Said {
  return { requestLine: `${line.method} ${line.target} ${line.protocol}`, fields };
}
