import type { FrontParts } from "../front.ts";
import type { Leaver } from "./access-record.ts";
import type { Exchange } from "./exchange.ts";
import type { Outlet } from "./outlet.ts";
import type { Head } from "./parser.ts";
import type { Tunnel } from "./tunnel.ts";
import type { Framing } from "./writer.ts";

/** Whom the answers of a pipeline move. */
export interface PipelineEnd {
  /** An answer is complete, the connection goes on. */
  resume(): void;
  /** The last answer is complete. */
  linger(): void;
  /** The first answer is broken off. */
  cut(framing: Framing): void;
  makeTunnel(): Tunnel;
  /** The bytes that follow are the tunnel's. */
  enterTunnel(tunnel: Tunnel): void;
}

/** The requests of a connection whose answers are not complete: answers go out in the requests' order. */
export class Pipeline {
  readonly front: FrontParts;
  readonly outlet: Outlet;
  /** The connection ends as soon as nothing is under way. */
  isRetiring = false;
  /** The connection is a proxy's: what one of its clients wishes, or one answer, does not end it. */
  readonly isKept: boolean;
  readonly #end: PipelineEnd;
  /** Oldest first. */
  readonly #exchanges: Exchange[] = [];
  /** A head that waits for the requests before it, because one of them is not safe. */
  #parked: Head | undefined = undefined;
  #isAlone = false;

  constructor(front: FrontParts, outlet: Outlet, end: PipelineEnd, isKept: boolean) {
    this.front = front;
    this.outlet = outlet;
    this.#end = end;
    this.isKept = isKept;
  }

  get isEmpty(): boolean {
    return this.#exchanges.length === 0;
  }

  /** Whether no more requests may be read for now. */
  get isBlocked(): boolean {
    if (this.isFull) return true;
    const { length } = this.#exchanges;
    if (length === 0) return false;
    if (this.#isAlone || this.isRetiring || this.#parked !== undefined) return true;
    return length >= this.front.options.pipelineLimit;
  }

  /** As much waits for the client as may. */
  get isFull(): boolean {
    const { waitingBytes } = this.outlet;
    if (waitingBytes > this.front.options.responseLimitBytes) return true;
    return waitingBytes > 0 && this.front.budget.isSpent;
  }

  isFirst(exchange: Exchange): boolean {
    return this.#exchanges[0] === exchange;
  }

  /** Nothing follows it, and nothing will. */
  isLast(exchange: Exchange): boolean {
    const isNewest = this.#exchanges.at(-1) === exchange;
    return this.isRetiring && isNewest && this.#parked === undefined;
  }

  /** Keeps a head that may not run beside what is under way, RFC 9112 §9.3.2; false when it may. */
  park(head: Head): boolean {
    if (this.isEmpty || !mustBeAlone(head)) return false;
    this.#parked = head;
    return true;
  }

  /** Whether a parked head may begin. */
  get canUnpark(): boolean {
    return this.#parked !== undefined && this.isEmpty;
  }

  unpark(): Head | undefined {
    const head = this.#parked;
    this.#parked = undefined;
    return head;
  }

  /** The newest request; `head` is missing when what came was none. */
  add(exchange: Exchange, head?: Head): void {
    this.#exchanges.push(exchange);
    if (head !== undefined) this.#isAlone = mustBeAlone(head);
  }

  /** An answer is complete: the next one's turn. */
  proceed(): void {
    const exchanges = this.#exchanges;
    for (let first = exchanges[0]; first?.isOver; first = exchanges[0]) {
      first.leave();
      if (!first.isPersistent) {
        this.#loseBut(first, "dropped");
        this.#end.linger();
        return;
      }
      exchanges.shift();
      exchanges[0]?.becomeFirst();
    }
    if (this.outlet.isGathering) return;
    if (exchanges.length > 0) this.outlet.flushSoon();
    else this.outlet.flush();
    this.#end.resume();
  }

  /** Breaks the first answer off. */
  cut(framing: Framing): void {
    this.#end.cut(framing);
  }

  makeTunnel(): Tunnel {
    return this.#end.makeTunnel();
  }

  /** The first answer is a tunnel; requests behind it are lost. */
  enterTunnel(exchange: Exchange, tunnel: Tunnel): void {
    this.#loseBut(exchange, "dropped");
    this.#exchanges.push(exchange);
    this.#end.enterTunnel(tunnel);
  }

  /** There is room for more. */
  drain(): void {
    for (const exchange of this.#exchanges) exchange.drain();
  }

  /** The connection is at its end. */
  lose(leaver: Leaver): void {
    this.#loseBut(undefined, leaver);
    this.#parked = undefined;
  }

  #loseBut(kept: Exchange | undefined, leaver: Leaver): void {
    for (const exchange of this.#exchanges.splice(0)) if (exchange !== kept) exchange.lose(leaver);
  }
}

function mustBeAlone(head: Head): boolean {
  return !head.line.isSafe || head.wantsUpgrade;
}
