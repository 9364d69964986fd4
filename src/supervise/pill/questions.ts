import { type Clock, type Deferred, deferred } from "../../kit/index.ts";
import { PillHostError } from "./errors.ts";
import type { Keeper } from "./keeper.ts";
import type { PillAnswer, PillOrder, PillWord } from "./messages.ts";

/** A question that has no number yet. */
export type Asked =
  | Omit<Extract<PillOrder, { order: "check" }>, "ask">
  | Omit<Extract<PillOrder, { order: "notify" }>, "ask">;

/** How long Ruby has to let go of a question that took too long. */
const DROP_MS = 1_000;

/** Questions to Ruby that have no answer yet. */
export class Questions {
  readonly #clock: Clock;
  readonly #stuck: () => void;
  readonly #open = new Map<number, Deferred<PillAnswer>>();
  readonly #dropped = new Map<number, () => void>();
  #last = 0;

  /** `stuck` is called when Ruby lets go of nothing any more: no thread of it runs. */
  constructor(clock: Clock, stuck: () => void) {
    this.#clock = clock;
    this.#stuck = stuck;
  }

  /** Resolves with the answer; rejects with a PillHostError when there is none in time, or the pill's own code raised. */
  async ask(keeper: Keeper, asked: Asked, timeoutMs: number): Promise<PillAnswer> {
    const ask = ++this.#last;
    const answer = deferred<PillAnswer>();
    this.#open.set(ask, answer);
    const late = this.#clock.after(timeoutMs, () => this.#drop(keeper, ask, timeoutMs));
    keeper.tell({ ...asked, ask } as PillOrder);
    try {
      return await answer.promise;
    } finally {
      late();
      this.#open.delete(ask);
    }
  }

  /** Takes an answer; false for words that are none. */
  hear(word: PillWord): boolean {
    if (word.say === "dropped") this.#dropped.get(word.ask)?.();
    else if (word.say === "raised")
      this.#open.get(word.ask)?.reject(new PillHostError(word.message));
    else if (word.say === "checked" || word.say === "notified")
      this.#open.get(word.ask)?.resolve(word);
    else return false;
    return true;
  }

  /** There will be no answers. */
  rejectAll(reason: string): void {
    for (const cancel of this.#dropped.values()) cancel();
    for (const answer of this.#open.values()) answer.reject(new PillHostError(reason));
  }

  #drop(keeper: Keeper, ask: number, timeoutMs: number): void {
    this.#open.get(ask)?.reject(new PillHostError(`It took longer than ${timeoutMs / 1000} s.`));
    keeper.tell({ order: "drop", ask });
    const cancel = this.#clock.after(DROP_MS, () => {
      this.#dropped.delete(ask);
      this.#stuck();
    });
    this.#dropped.set(ask, () => {
      this.#dropped.delete(ask);
      cancel();
    });
  }
}
