import type { Clock } from "../../kit/index.ts";
import type { Reply, Request } from "../../message/index.ts";
import { CountedReply } from "./counted-reply.ts";
import { Durations } from "./durations.ts";

/**
 * What became of a request: answered in whole; failed, as the app raised, nobody could answer, or the answer broke off;
 * or its client left before.
 */
export type Outcome = "finished" | "failed" | "gone";

/** Counts requests and what becomes of them. */
export class Tally {
  readonly durations: Durations = new Durations();
  /** Answers by the first digit of their status. */
  readonly statuses: number[] = [0, 0, 0, 0, 0, 0];
  #requests = 0;
  readonly #outcomes: Record<Outcome, number> = { finished: 0, failed: 0, gone: 0 };
  #lastRequest: Request | undefined = undefined;
  #lastMs: number | undefined = undefined;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get requests(): number {
    return this.#requests;
  }

  get outcomes(): Readonly<Record<Outcome, number>> {
    return this.#outcomes;
  }

  /** Requests that nothing has become of yet. */
  get underWay(): number {
    const { finished, failed, gone } = this.#outcomes;
    return this.#requests - finished - failed - gone;
  }

  /** The newest request, with its body if that was in memory. */
  get lastRequest(): Request | undefined {
    return this.#lastRequest;
  }

  /** How long the last request took that was answered; undefined before. */
  get lastMs(): number | undefined {
    return this.#lastMs;
  }

  /** A request has come; its answer is to go through the reply that this returns. */
  begin(request: Request, reply: Reply): CountedReply {
    this.#requests++;
    this.#lastRequest = request;
    return new CountedReply(reply, this, this.#clock.nowMs());
  }

  /** One that began at `startedAtMs` is over. `status`: of its answer, 0 when there is none. */
  end(outcome: Outcome, status: number, startedAtMs: number): void {
    this.#outcomes[outcome]++;
    const hundreds = Math.floor(status / 100);
    if (hundreds > 0) this.statuses[hundreds] = (this.statuses[hundreds] ?? 0) + 1;
    // When a client loses patience says nothing about us.
    if (outcome === "gone") return;
    this.#lastMs = this.#clock.nowMs() - startedAtMs;
    this.durations.add(this.#lastMs);
  }
}
