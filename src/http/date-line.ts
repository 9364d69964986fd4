import type { Clock } from "../kit/index.ts";

/** The Date field line, RFC 9110 §6.6.1, made once a second. */
export class DateLine {
  readonly #clock: Clock;
  #second = Number.NaN;
  #line = "";

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `date: …\r\n` of now. */
  text(): string {
    const second = Math.floor(this.#clock.wallMs() / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#line = `date: ${new Date(second * 1000).toUTCString()}\r\n`;
    }
    return this.#line;
  }
}
