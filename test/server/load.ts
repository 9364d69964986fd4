import { Agent } from "node:http";
import type { TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { inspect } from "node:util";
import { type Answer, ask, type Where } from "./ask.ts";

const PATIENCE_MS = 60_000;

/** What clients saw: `failures` says of each request that was not answered with 200 why. */
export interface Seen {
  readonly answered: number;
  readonly failures: readonly string[];
  /** The different texts of the answers, in the order of their first appearance. */
  readonly texts: readonly string[];
}

/**
 * Clients that ask for ever, together a thousand times a second at most: what is tested is to have the machine, too. Every
 * other one keeps its connection, the rest open one for each request.
 */
export class Load {
  readonly #where: Where;
  readonly #path: string;
  readonly #failures: string[] = [];
  readonly #texts = new Set<string>();
  readonly #clients: readonly Promise<void>[];
  #answered = 0;
  #isOver = false;
  #wake: () => void = () => {};

  /** They stop when the test does, at the latest. */
  constructor(t: TestContext, where: Where, path: string, clients: number) {
    t.after(() => {
      this.#isOver = true;
    });
    this.#where = where;
    this.#path = path;
    this.#clients = Array.from({ length: clients }, (_, index) =>
      this.#run(index % 2 === 0, clients),
    );
  }

  get seen(): Seen {
    return { answered: this.#answered, failures: this.#failures, texts: [...this.#texts] };
  }

  /** Resolves once `isSo` of what the clients have seen; asked after each answer. Rejects when that takes too long. */
  async until(isSo: (seen: Seen) => boolean): Promise<void> {
    const deadlineMs = performance.now() + PATIENCE_MS;
    const timer = setTimeout(() => this.#wake(), PATIENCE_MS + 1);
    try {
      while (!isSo(this.seen)) {
        if (performance.now() > deadlineMs) throw new Error(`Not so yet: ${inspect(this.seen)}`);
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    } finally {
      clearTimeout(timer);
    }
  }

  /** Resolves once `count` more requests have been answered. */
  more(count: number): Promise<void> {
    const goal = this.#answered + count;
    return this.until(({ answered }) => answered >= goal);
  }

  /** Lets each client finish; resolves with what all of them saw. */
  async stop(): Promise<Seen> {
    this.#isOver = true;
    await Promise.all(this.#clients);
    return this.seen;
  }

  async #run(isKeptAlive: boolean, pauseMs: number): Promise<void> {
    const agent = isKeptAlive ? new Agent({ keepAlive: true, maxSockets: 1 }) : undefined;
    while (!this.#isOver) {
      try {
        this.#take(await ask(this.#where, this.#path, agent ? { agent } : {}));
      } catch (error) {
        this.#failures.push(String(error));
      }
      this.#wake();
      await pause(pauseMs);
    }
    agent?.destroy();
  }

  #take({ status, text }: Answer): void {
    this.#answered++;
    if (status === 200) this.#texts.add(text);
    else this.#failures.push(`${status} ${text}`);
  }
}
