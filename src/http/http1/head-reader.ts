import { type Head, type HeadLimits, parseHead } from "./parser.ts";
import { PartialHead } from "./partial-head.ts";
import { Refusal } from "./refusal.ts";

const END = "\r\n\r\n";
const CR = 13;
const LF = 10;

/** So much of a request line that is refused is kept, for whoever tells of it. */
const KEPT_LINE_BYTES = 2048;

const BARE_CR = new Refusal(400, "A CR alone comes before the request line");

/** Finds the heads of a connection, one after the other, however their bytes were split. */
export class HeadReader {
  /** When the first byte of the head came. */
  startedAtMs = 0;
  /** Where the last `read` stopped. */
  stoppedAt = 0;
  readonly #limits: HeadLimits;
  readonly #partial = new PartialHead();
  /** How much of the one empty line before a request has been seen: nothing, CR, CR LF. */
  #blank: 0 | 1 | 2 = 0;
  /** The beginning of a head that came in one piece and was refused. */
  #refused = "";

  constructor(limits: HeadLimits) {
    this.#limits = limits;
  }

  /** No head has begun. */
  get isEmpty(): boolean {
    return this.#partial.isEmpty;
  }

  /** Whether the head that was refused, or is here in part, is that of a HEAD request. */
  get isOfHead(): boolean {
    return this.requestLine.startsWith("HEAD ");
  }

  /** The first line of the head that was refused, or is here in part, as far as it is here. */
  get requestLine(): string {
    const text = this.#refused || this.#partial.text.slice(0, KEPT_LINE_BYTES);
    return text.split(/[\r\n]/, 1)[0] ?? "";
  }

  /** Reads from `from` on: a head, why there is none, or undefined when more has to come. */
  read(text: string, from: number, nowMs: number): Head | Refusal | undefined {
    if (!this.#partial.isEmpty) return this.#readOn(text, from);
    const at = this.#skipBlank(text, from);
    if (at < 0) {
      this.startedAtMs = nowMs;
      return BARE_CR;
    }
    this.stoppedAt = at;
    if (at === text.length) return undefined;
    this.startedAtMs = nowMs;
    const end = text.indexOf(END, at);
    return end < 0 ? this.#readOn(text, at) : this.#readWhole(text, at, end);
  }

  /** Forgets the head that has begun; returns what there is of it. */
  clear(): string {
    const { text } = this.#partial;
    this.#partial.clear();
    return text;
  }

  #readWhole(text: string, at: number, end: number): Head | Refusal {
    this.stoppedAt = end + END.length;
    const head = parseHead(text, at, end, this.#limits);
    if (head instanceof Refusal)
      this.#refused = text.slice(at, Math.min(end, at + KEPT_LINE_BYTES));
    else this.#blank = 0;
    return head;
  }

  #readOn(text: string, at: number): Head | Refusal | undefined {
    const partial = this.#partial;
    const stop = partial.add(text, at);
    this.stoppedAt = stop < 0 ? text.length : stop;
    if (stop < 0) return partial.judge(this.#limits);
    const head = parseHead(partial.text, 0, partial.text.length - END.length, this.#limits);
    if (head instanceof Refusal) return head;
    partial.clear();
    this.#blank = 0;
    return head;
  }

  /** RFC 9112 §2.2: one empty line before a request line is forgiven; -1 when its LF is missing. */
  #skipBlank(text: string, from: number): number {
    let at = from;
    if (this.#blank === 0 && text.charCodeAt(at) === CR) {
      this.#blank = 1;
      at++;
    }
    if (this.#blank === 1 && at < text.length) {
      if (text.charCodeAt(at) !== LF) return -1;
      this.#blank = 2;
      at++;
    }
    return at;
  }
}
