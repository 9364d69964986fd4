/** Bytes of answers that wait for all clients together. */
export class Budget {
  readonly #limitBytes: number;
  readonly #waiters: (() => void)[] = [];
  #usedBytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  get isSpent(): boolean {
    return this.#usedBytes > this.#limitBytes;
  }

  /** So many bytes more wait, or fewer where it is negative. */
  add(bytes: number): void {
    this.#usedBytes += bytes;
    if (this.#waiters.length === 0 || this.isSpent) return;
    for (const done of this.#waiters.splice(0)) done();
  }

  /** Calls back when it is no longer spent. */
  whenRoom(done: () => void): void {
    this.#waiters.push(done);
  }
}
