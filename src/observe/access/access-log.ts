import type { RequestEnded } from "../../http/index.ts";
import type { Clock } from "../../kit/index.ts";
import type { Destination } from "../log/index.ts";
import type { AccessFormat } from "./format.ts";

/** A batch is written when it has grown to this, or is this old: a request costs no system call of its own. */
const BATCH_BYTES = 64 * 1024;
const BATCH_MS = 250;

/** A line for each request, written in batches. What is still to be written goes out with `flush`. */
export class AccessLog {
  readonly #destination: Destination;
  readonly #format: AccessFormat;
  readonly #clock: Clock;
  /** Lines are ASCII. As bytes they are no concern of the garbage collector's while they wait. */
  readonly #batch = Buffer.allocUnsafeSlow(BATCH_BYTES);
  #batchBytes = 0;
  #isDue = false;

  constructor(destination: Destination, format: AccessFormat, clock: Clock) {
    this.#destination = destination;
    this.#format = format;
    this.#clock = clock;
  }

  add(fact: RequestEnded): void {
    const line = this.#format(fact, this.#clock.wallMs());
    if (this.#batchBytes + line.length > BATCH_BYTES) this.flush();
    if (line.length > BATCH_BYTES) {
      this.#destination.write(line);
      return;
    }
    this.#batchBytes += this.#batch.write(line, this.#batchBytes, "latin1");
    this.#flushSoon();
  }

  /** Writes what waits, before it returns. */
  flush(): void {
    const batch = this.#batch.toString("latin1", 0, this.#batchBytes);
    this.#batchBytes = 0;
    this.#destination.write(batch);
  }

  #flushSoon(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    this.#clock.after(BATCH_MS, () => {
      this.#isDue = false;
      this.flush();
    });
  }
}
