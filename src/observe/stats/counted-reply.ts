import type { Duplex } from "node:stream";
import type { Assignment, FileBody, Page, Reply, ResponseHead } from "../../message/index.ts";
import type { Outcome, Tally } from "./tally.ts";

/** A reply that tells a tally how it went; all else is done by the reply behind it. */
export class CountedReply implements Reply {
  onGone: (() => void) | undefined = undefined;
  readonly #reply: Reply;
  readonly #tally: Tally;
  readonly #startedAtMs: number;
  #status = 0;
  #isCounted = false;

  constructor(reply: Reply, tally: Tally, startedAtMs: number) {
    this.#reply = reply;
    this.#tally = tally;
    this.#startedAtMs = startedAtMs;
    reply.onGone = () => {
      this.#count("gone");
      this.onGone?.();
    };
  }

  get isOpen(): boolean {
    return this.#reply.isOpen;
  }

  get isStarted(): boolean {
    return this.#reply.isStarted;
  }

  get keepsBytes(): boolean {
    return this.#reply.keepsBytes;
  }

  get hasRoom(): boolean {
    return this.#reply.hasRoom;
  }

  get assignment(): Assignment | undefined {
    return this.#reply.assignment;
  }

  get onDrain(): (() => void) | undefined {
    return this.#reply.onDrain;
  }

  set onDrain(drain: (() => void) | undefined) {
    this.#reply.onDrain = drain;
  }

  whenRoom(done: () => void): void {
    this.#reply.whenRoom(done);
  }

  inform(status: number, lines: string): void {
    this.#reply.inform(status, lines);
  }

  respond(head: ResponseHead, body: string | Uint8Array): void {
    this.#reply.respond(head, body);
    this.#status ||= head.status;
    this.#count("finished");
  }

  async respondFile(head: ResponseHead, file: FileBody): Promise<void> {
    this.#status ||= head.status;
    await this.#reply.respondFile(head, file);
    this.#count("finished");
  }

  start(head: ResponseHead): void {
    this.#status ||= head.status;
    this.#reply.start(head);
  }

  write(bytes: Uint8Array): boolean {
    return this.#reply.write(bytes);
  }

  end(): void {
    this.#reply.end();
    this.#count("finished");
  }

  cut(): void {
    this.#reply.cut();
    this.#count("failed");
  }

  fail(status: number, lines?: string, page?: Page): void {
    this.#status ||= status;
    this.#reply.fail(status, lines, page);
    this.#count("failed");
  }

  tunnel(head: string): Duplex {
    const tunnel = this.#reply.tunnel(head);
    this.#count("finished");
    return tunnel;
  }

  /** The handler broke down: whoever called it answers. */
  giveUp(): void {
    this.#count("failed");
  }

  #count(outcome: Outcome): void {
    if (this.#isCounted) return;
    this.#isCounted = true;
    this.#tally.end(outcome, this.#status, this.#startedAtMs);
  }
}
