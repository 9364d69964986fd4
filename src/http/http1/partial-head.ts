import { type HeadLimits, hasOffence, judgePartialHead } from "./parser.ts";
import type { Refusal } from "./refusal.ts";
import { METHOD_LIMIT_BYTES } from "./request-line.ts";

const END = "\r\n\r\n";

/**
 * Collects a head that does not come in one piece. However it is split, a byte is looked at a
 * bounded number of times: a client that sends single bytes costs no more than what it sends.
 */
export class PartialHead {
  text = "";
  /** The last three characters: an end, or a CR and its LF, may be split. */
  #edge = "";
  #hasRequestLine = false;
  #fresh = "";

  get isEmpty(): boolean {
    return this.text === "";
  }

  /** Adds what came from `at` on; returns where the head ends in it, or -1 when more has to come. */
  add(piece: string, at: number): number {
    const fresh = this.#edge + piece.slice(at);
    const end = fresh.indexOf(END);
    const stop = end < 0 ? piece.length : at + end + END.length - this.#edge.length;
    this.text += piece.slice(at, stop);
    if (end < 0) this.#fresh = fresh;
    this.#edge = fresh.slice(-3);
    return end < 0 ? -1 : stop;
  }

  /** What is wrong with it already. */
  judge(limits: HeadLimits): Refusal | undefined {
    const fresh = this.#fresh;
    this.#fresh = "";
    const endsLine = fresh.includes("\r\n");
    const { length } = this.text;
    const endsMethod = length > METHOD_LIMIT_BYTES && length - fresh.length <= METHOD_LIMIT_BYTES;
    const mayBeLong =
      length > limits.headLimitBytes ||
      (!this.#hasRequestLine && (length > limits.targetLimitBytes || endsMethod));
    if (endsLine) this.#hasRequestLine = true;
    return endsLine || mayBeLong || hasOffence(fresh)
      ? judgePartialHead(this.text, limits)
      : undefined;
  }

  clear(): void {
    this.text = "";
    this.#edge = "";
    this.#fresh = "";
    this.#hasRequestLine = false;
  }
}
