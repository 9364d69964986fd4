import type { Assignment, Peer, ResponseHead } from "../../message/index.ts";
import type { RequestEnd } from "../facts.ts";
import type { FrontParts } from "../front.ts";

/** What a request said, as far as it could be read. */
export interface Said {
  readonly requestLine: string;
  readonly fields: readonly string[];
}

/** Who broke off what was under way. */
export type Leaver = "client-left" | "dropped";

/** Statuses for requests that got none: nginx's, which readers of access logs know. */
const UNANSWERED: Readonly<Record<RequestEnd, number>> = {
  complete: 444,
  refused: 444,
  cut: 444,
  dropped: 444,
  tunnel: 101,
  "client-left": 499,
};

/** What is to be told of one request, collected while it goes on. There is none where nobody wants to hear of it. */
export class AccessRecord implements Assignment {
  worker: number | undefined = undefined;
  queueMs: number | undefined = undefined;
  readonly #front: FrontParts;
  readonly #peer: Peer;
  readonly #said: Said;
  readonly #receivedAtMs: number;
  #status = 0;
  #responseLines = "";
  #bodyBytes = 0;
  #isRefused = false;
  #isClosed = false;

  constructor(front: FrontParts, peer: Peer, said: Said, receivedAtMs: number) {
    this.#front = front;
    this.#peer = peer;
    this.#said = said;
    this.#receivedAtMs = receivedAtMs;
  }

  /** The head of the answer is known. */
  answer({ status, lines }: ResponseHead): void {
    this.#status = status;
    this.#responseLines = lines;
  }

  /** So much of the answer's body was handed to the connection. */
  add(bodyBytes: number): void {
    this.#bodyBytes += bodyBytes;
  }

  /** The app has sent this on a connection that it took over; its first bytes may well be the head of an answer. */
  addRaw(bytes: Uint8Array): void {
    if (this.#status === 0) this.#status = statusIn(bytes) ?? UNANSWERED.tunnel;
    this.#bodyBytes += bytes.length;
  }

  /** The answer is ours: the request breaks a rule. */
  refuse(): void {
    this.#isRefused = true;
  }

  /** Nothing of the answer has gone out, as its turn had not come. */
  forgetAnswer(): void {
    this.#status = 0;
    this.#responseLines = "";
    this.#bodyBytes = 0;
  }

  /** Tells of the request. A second call changes nothing. */
  close(how: RequestEnd): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#front.emit({
      type: "request-ended",
      peer: this.#peer,
      ...this.#said,
      status: this.#status || UNANSWERED[how],
      responseLines: this.#responseLines,
      bodyBytes: this.#bodyBytes,
      tookMs: this.#front.clock.nowMs() - this.#receivedAtMs,
      queueMs: this.queueMs,
      worker: this.worker,
      end: how === "complete" && this.#isRefused ? "refused" : how,
    });
  }
}

/** Of `HTTP/1.1 101 …`. */
function statusIn(bytes: Uint8Array): number | undefined {
  const line = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 12));
  const found = /^HTTP\/1\.[01] (\d{3})$/.exec(line.toString("latin1"));
  return found === null ? undefined : Number(found[1]);
}
