/** Bytes of answers that wait for all clients together. */
export class Budget {
  readonly #limitBytes: number;
  usedBytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  get isSpent(): boolean {
    return this.usedBytes > this.#limitBytes;
  }
}
