import { Backoff, type Clock, systemClock } from "../../kit/index.ts";
import { customsIn } from "./customs.ts";
import { PillHostError } from "./errors.ts";
import { fileAt, optionsOf, type PillRequest } from "./evaluate.ts";
import { Keeper } from "./keeper.ts";
import type { PillAnswer, PillContent, PillWord, Transition, TriggerWord } from "./messages.ts";
import { type Asked, Questions } from "./questions.ts";

/** Whom a question is about. */
export interface Subject {
  /** Undefined for a process that does not run. */
  readonly pid: number | undefined;
  /** Whether it is a child of the process: then it has a check or trigger of its own. */
  readonly isChild: boolean;
}

/** What a check of the pill's own says of a sample. */
export interface Verdict {
  readonly ok: boolean;
  /** The sample, as a log shows it. */
  readonly value: string;
}

/** Who hears what nobody has asked for. */
export interface PillHostListener {
  /** A trigger wants something to happen, or logs something. */
  said(word: TriggerWord): void;
  /** Ruby has died, or cannot read the pill again; it is started anew after a while. */
  lost(reason: string): void;
  /** It is back. The pill's own checks and triggers have forgotten what they had seen, and what they had scheduled. */
  found(): void;
}

/**
 * The Ruby process that a pill's own checks and triggers run in. It ends with us; when it dies by itself it is started
 * anew. The numbers that it is asked with are those of its `content`.
 */
export class PillHost {
  readonly content: PillContent;
  readonly #path: string;
  readonly #request: PillRequest;
  readonly #listener: PillHostListener;
  readonly #clock: Clock;
  readonly #backoff = new Backoff({ firstMs: 1_000 });
  readonly #questions: Questions;
  #keeper: Keeper | undefined;
  #reopening: Promise<void> = Promise.resolve();
  #startedMs = 0;
  #cancelRetry: () => void = () => {};
  #complaint = "";
  #isClosed = false;

  private constructor(
    path: string,
    request: PillRequest,
    listener: PillHostListener,
    clock: Clock,
    content: PillContent,
  ) {
    this.#path = path;
    this.#request = request;
    this.#listener = listener;
    this.#clock = clock;
    this.content = content;
    this.#questions = new Questions(clock, () => this.#keeper?.kill());
  }

  /** Reads the pill at `path` and keeps it. Rejects as `evaluatePill` does. */
  static async open(
    path: string,
    request: PillRequest,
    listener: PillHostListener,
    clock: Clock = systemClock,
  ): Promise<PillHost> {
    const options = optionsOf(request);
    const file = await fileAt(path, options.cwd);
    let host: PillHost | undefined;
    const hear = (word: PillWord): void => {
      if (host !== undefined) host.#hear(word);
    };
    const { keeper, content } = await Keeper.open(file, options, hear, clock);
    host = new PillHost(file, request, listener, clock, content);
    host.#attend(keeper);
    return host;
  }

  /** The Ruby process; undefined while there is none. */
  get pid(): number | undefined {
    return this.#keeper?.pid;
  }

  /** Takes a sample. Rejects with a PillHostError when the check raises, takes too long, or Ruby is not there. */
  async check(id: number, subject: Subject, timeoutMs: number): Promise<Verdict> {
    const answer = await this.#ask({ order: "check", id, ...about(subject) }, timeoutMs);
    if (answer.say !== "checked") throw mixedUp(id);
    return { ok: answer.ok, value: answer.value };
  }

  /** Tells a trigger of a transition before it happens; resolves with whether it may. Rejects as `check` does. */
  async notify(
    id: number,
    subject: Subject,
    transition: Transition,
    timeoutMs: number,
  ): Promise<boolean> {
    const asked = { order: "notify", id, ...about(subject), ...transition } as const;
    const answer = await this.#ask(asked, timeoutMs);
    if (answer.say !== "notified") throw mixedUp(id);
    return !answer.halted;
  }

  /** Ends it; questions that are still open are rejected. Resolves when nothing of it is left. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelRetry();
    this.#questions.rejectAll("The pill is no longer kept.");
    await this.#reopening;
    await this.#keeper?.close();
  }

  async #ask(asked: Asked, timeoutMs: number): Promise<PillAnswer> {
    if (this.#keeper === undefined) throw new PillHostError(this.#complaint);
    return await this.#questions.ask(this.#keeper, asked, timeoutMs);
  }

  #hear(word: PillWord): void {
    if (this.#questions.hear(word)) return;
    if ("id" in word) this.#listener.said(word);
  }

  #attend(keeper: Keeper): void {
    this.#keeper = keeper;
    this.#startedMs = this.#clock.nowMs();
    void keeper.exited.then(({ reason }) => {
      this.#keeper = undefined;
      this.#lose(`The Ruby that keeps ${this.#path} ended (${reason}).`);
    });
  }

  #lose(reason: string): void {
    if (this.#isClosed) return;
    this.#complaint = reason;
    this.#questions.rejectAll(reason);
    this.#listener.lost(reason);
    const heldMs = this.#clock.nowMs() - this.#startedMs;
    this.#cancelRetry = this.#clock.after(this.#backoff.delayMs(heldMs), () => {
      this.#reopening = this.#reopen();
    });
  }

  async #reopen(): Promise<void> {
    this.#startedMs = this.#clock.nowMs();
    try {
      const hear = (word: PillWord): void => this.#hear(word);
      const options = optionsOf(this.#request);
      const { keeper, content } = await Keeper.open(this.#path, options, hear, this.#clock);
      if (this.#isClosed || customsIn(content.apps) !== customsIn(this.content.apps)) {
        await keeper.close();
        throw new PillHostError(`${this.#path} has changed since it was loaded. Load it again.`);
      }
      this.#attend(keeper);
      this.#listener.found();
    } catch (error) {
      this.#lose(error instanceof Error ? error.message : String(error));
    }
  }
}

function about({ pid, isChild }: Subject): {
  readonly pid: number | null;
  readonly child: boolean;
} {
  return { pid: pid ?? null, child: isChild };
}

function mixedUp(id: number): PillHostError {
  return new PillHostError(`Number ${id} is another kind of thing in this pill.`);
}
