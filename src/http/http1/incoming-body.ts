import type { RequestBody } from "../../message/index.ts";
import { type BodyEvents, type BodyLimits, type Intake, WholeBody } from "../body.ts";
import { StreamedBody } from "../streamed-body.ts";
import { BodyReader } from "./body-reader.ts";
import type { ChunkLimits } from "./chunked.ts";
import type { Exchange } from "./exchange.ts";
import { CHUNKED } from "./framing.ts";
import type { Head } from "./parser.ts";
import { Refusal } from "./refusal.ts";

/** Whose body it is. */
export interface BodyOwner {
  /** The request can go to the handler, with this body. */
  dispatch(head: Head, exchange: Exchange, body: RequestBody): void;
  /** Its last byte has been read. */
  endBody(exchange: Exchange): void;
  /** More of it may be read again. */
  readBody(): void;
  /** It breaks a rule. */
  refuse(refusal: Refusal): void;
  /** It could not be kept. */
  loseBody(path: string, error: Error): void;
}

export interface IncomingLimits extends BodyLimits, ChunkLimits {
  readonly streamUploads: boolean;
}

const TOO_LARGE = new Refusal(413, "The body is larger than the limit");

/** The body of a request while it comes in: asked for, read, and handed on whole or as it comes. */
export class IncomingBody implements BodyEvents {
  readonly exchange: Exchange;
  /** No more may be read for the moment. */
  isFull = false;
  readonly #head: Head;
  readonly #owner: BodyOwner;
  readonly #intake: Intake;
  readonly #reader: BodyReader;
  readonly #isTooLarge: boolean;
  #owesContinue: boolean;

  constructor(
    head: Head,
    exchange: Exchange,
    owesContinue: boolean,
    limits: IncomingLimits,
    owner: BodyOwner,
  ) {
    const { bodyBytes } = head;
    this.exchange = exchange;
    this.#head = head;
    this.#owner = owner;
    this.#owesContinue = owesContinue;
    this.#intake = limits.streamUploads
      ? new StreamedBody(() => this.#pulled())
      : new WholeBody(limits, this);
    this.#reader = new BodyReader(bodyBytes, limits, this.#intake);
    this.#isTooLarge = limits.bodyLimitBytes > 0 && bodyBytes > limits.bodyLimitBytes;
    exchange.intake = this.#intake;
  }

  /** Lets the client send it; a handler that streams it hears of the request now. */
  begin(): void {
    if (this.#isTooLarge) this.#owner.refuse(TOO_LARGE);
    else if (this.#intake instanceof StreamedBody) {
      this.isFull = true;
      this.#owner.dispatch(this.#head, this.exchange, streamOf(this.#intake, this.#head.bodyBytes));
    } else this.#continue();
  }

  /** Reads from `at` on; returns where it stopped. */
  read(bytes: Uint8Array, at: number): number {
    this.#owesContinue = false;
    const stop = this.#reader.read(bytes, at);
    const { refusal, isComplete, isFull } = this.#reader;
    if (refusal !== undefined) this.#owner.refuse(refusal);
    else if (isComplete) this.#end();
    else this.isFull = isFull;
    return stop;
  }

  whole(body: RequestBody): void {
    this.#owner.endBody(this.exchange);
    this.#owner.dispatch(this.#head, this.exchange, body);
    this.#owner.readBody();
  }

  ready(): void {
    if (!this.isFull) return;
    this.isFull = false;
    this.#owner.readBody();
  }

  failed(path: string, error: Error): void {
    this.#owner.loseBody(path, error);
  }

  /** A streamed request is with the handler already; a whole one goes there when `whole` is called. */
  #end(): void {
    if (this.#intake instanceof StreamedBody) this.#owner.endBody(this.exchange);
    else this.isFull = true;
    this.#intake.finish();
  }

  #pulled(): void {
    this.#continue();
    this.isFull = false;
    this.#owner.readBody();
  }

  /** RFC 9110 §10.1.1: 100 once the body is wanted, unless some of it is here already. */
  #continue(): void {
    if (!this.#owesContinue) return;
    this.#owesContinue = false;
    this.exchange.inform(100, "");
  }
}

function streamOf(chunks: StreamedBody, bodyBytes: number): RequestBody {
  return { kind: "stream", chunks, sizeBytes: bodyBytes === CHUNKED ? undefined : bodyBytes };
}
