import type { Socket } from "node:net";
import type { Peer, RequestBody } from "../../message/index.ts";
import { type BodyEvents, WholeBody } from "../body.ts";
import type { HttpFact } from "../facts.ts";
import type { FrontParts } from "../front.ts";
import { StreamedBody } from "../streamed-body.ts";
import type { Timed } from "../timeouts.ts";
import { BodyReader } from "./body-reader.ts";
import { Exchange } from "./exchange.ts";
import { CHUNKED } from "./framing.ts";
import { Outlet } from "./outlet.ts";
import { type Head, parseHead } from "./parser.ts";
import { PartialHead } from "./partial-head.ts";
import { Refusal } from "./refusal.ts";
import { Tunnel } from "./tunnel.ts";
import type { Framing } from "./writer.ts";

/** What the next bytes are: of a head, of a body, of no interest, or somebody else's. */
type Phase = "head" | "body" | "drop" | "linger" | "tunnel" | "closed";

const NO_BODY: RequestBody = { kind: "none" };
const NEVER = Number.POSITIVE_INFINITY;

const TOO_LARGE = new Refusal(413, "The body is larger than the limit");
const BARE_CR = new Refusal(400, "A CR alone comes before the request line");
const CUT_SHORT = new Refusal(400, "The client ended in the middle of a request");
const SLOW_HEAD = new Refusal(408, "The head took longer than the limit");
const SLOW_BODY = new Refusal(408, "The body stood still for longer than the limit");
const NO_ROOM = new Refusal(500, "The body could not be kept");

/** A client's connection: bytes become requests for the handler, their answers go back in order. */
export class Connection implements Timed, BodyEvents {
  readonly outlet: Outlet;
  private readonly socket: Socket;
  private readonly front: FrontParts;
  private readonly peer: Peer;
  private phase: Phase = "head";
  /** Requests whose answers are not complete, oldest first. */
  private readonly queue: Exchange[] = [];
  private readonly partial = new PartialHead();
  /** How much of the one empty line before a request has been seen: nothing, CR, CR LF. */
  private blank: 0 | 1 | 2 = 0;
  /** A head that waits for the requests before it, because one of them is not safe. */
  private parked: Head | undefined = undefined;
  private isAlone = false;
  /** The request whose body is being read. */
  private current: { head: Head; exchange: Exchange; reader: BodyReader } | undefined = undefined;
  private owesContinue = false;
  private isIntakeFull = false;
  /** Bytes that nobody may look at yet; reading stands still meanwhile. */
  private rest: Buffer | undefined = undefined;
  private isInTurn = false;
  private isRetiring = false;
  private isHalfClosed = false;
  private isFresh = true;
  private tunnel: Tunnel | undefined = undefined;
  private startedAtMs: number;
  private readAtMs: number;
  private dueMs: number;
  private stuckBytes = 0;
  private stuckSinceMs = 0;

  constructor(socket: Socket, peer: Peer, front: FrontParts) {
    this.socket = socket;
    this.peer = peer;
    this.front = front;
    this.outlet = new Outlet(socket, front.budget, () => this.drained());
    this.startedAtMs = front.clock.nowMs();
    this.readAtMs = this.startedAtMs;
    this.dueMs = this.startedAtMs + front.options.headTimeoutMs;
    socket.on("data", (bytes: Buffer) => this.received(bytes));
    socket.on("end", () => this.ended());
    // Whatever it was, "close" follows and says all that matters.
    socket.on("error", () => {});
    socket.on("close", () => this.gone());
  }

  get emit(): (fact: HttpFact) => void {
    return this.front.emit;
  }

  get serverLine(): string {
    return this.front.serverLine;
  }

  dateLine(): string {
    return this.front.date.text();
  }

  /** As much waits for the client as may. */
  get isFull(): boolean {
    const { waitingBytes } = this.outlet;
    if (waitingBytes > this.front.options.responseLimitBytes) return true;
    return waitingBytes > 0 && this.front.budget.isSpent;
  }

  isFirst(exchange: Exchange): boolean {
    return this.queue[0] === exchange;
  }

  flushSoon(): void {
    if (!this.isInTurn) this.outlet.flushSoon();
  }

  /** The connection ends with this answer: its body is not read to the end, or we are closing. */
  mustCloseAfter(exchange: Exchange): boolean {
    if (this.current?.exchange === exchange) return true;
    return this.isRetiring && this.queue.at(-1) === exchange && this.parked === undefined;
  }

  /** Closes at once when nothing is under way, else with the last answer. */
  retire(graceMs: number): void {
    this.isRetiring = true;
    if (!this.isIdle) return;
    // A connection that has never said anything may have a request on its way.
    if (this.isFresh) this.dueMs = Math.min(this.dueMs, this.front.clock.nowMs() + graceMs);
    else this.linger();
  }

  shut(): void {
    this.socket.destroy();
  }

  tick(nowMs: number): void {
    this.checkReader(nowMs);
    if (nowMs < this.dueMs) return;
    this.dueMs = NEVER;
    if (this.phase === "body") this.refuse(SLOW_BODY);
    else if (this.phase === "head" && !this.partial.isEmpty) this.refuse(SLOW_HEAD);
    else if (this.phase === "head") this.linger();
    // A slow reader may take its time for the last answer; one that takes nothing is seen above.
    else if (this.socket.writableLength > 0)
      this.dueMs = nowMs + this.front.options.lingerTimeoutMs;
    else this.socket.destroy();
  }

  // Answers

  /** An answer is complete: the next one's turn. */
  proceed(): void {
    for (let first = this.queue[0]; first?.isOver; first = this.queue[0]) {
      first.intake?.release();
      if (!first.isPersistent) {
        this.finish(first);
        return;
      }
      this.queue.shift();
      this.queue[0]?.becomeFirst();
    }
    if (this.isInTurn) return;
    if (this.queue.length > 0) this.outlet.flushSoon();
    else this.outlet.flush();
    this.resume();
  }

  /** Ends the connection so that the client can tell that the body is not whole. */
  cut(framing: Framing): void {
    this.outlet.flush();
    // Without a length or chunks only a reset tells the end from a break.
    if (framing === "close" || framing === "decoded") this.reset();
    else this.socket.destroySoon();
  }

  makeTunnel(): Tunnel {
    return new Tunnel(this.socket);
  }

  /** The bytes that follow are the tunnel's; requests behind it are lost. */
  enterTunnel(exchange: Exchange, tunnel: Tunnel): void {
    this.tunnel = tunnel;
    this.outlet.flush();
    this.phase = "tunnel";
    this.dueMs = NEVER;
    for (const other of this.queue.splice(0)) if (other !== exchange) other.lose();
    this.queue.push(exchange);
    const early = Buffer.from(this.partial.text, "latin1");
    this.partial.clear();
    if (early.length > 0) tunnel.receive(early);
    tunnel.enter();
    if (!this.isInTurn) this.resume();
  }

  // Bodies

  whole(body: RequestBody): void {
    const { current } = this;
    if (current === undefined) return;
    this.current = undefined;
    this.isIntakeFull = false;
    this.phase = current.exchange.isPersistent ? "head" : "drop";
    this.dispatch(current.head, current.exchange, body);
    if (!this.isInTurn) this.resume();
  }

  ready(): void {
    if (!this.isIntakeFull) return;
    this.isIntakeFull = false;
    if (!this.isInTurn) this.resume();
  }

  failed(path: string, error: Error): void {
    this.emit({ type: "file-failed", path, error });
    this.refuse(NO_ROOM);
  }

  // Reading

  private get isIdle(): boolean {
    return this.phase === "head" && this.queue.length === 0 && this.partial.isEmpty;
  }

  private get isBlocked(): boolean {
    if (this.isFull) return true;
    const { length } = this.queue;
    if (length === 0) return false;
    if (this.isAlone || this.isRetiring || this.parked !== undefined) return true;
    return length >= this.front.options.pipelineLimit;
  }

  private received(bytes: Buffer): void {
    this.readAtMs = this.front.clock.nowMs();
    this.feed(bytes);
  }

  private feed(bytes: Buffer): void {
    this.isInTurn = true;
    const at = this.read(bytes);
    this.isInTurn = false;
    if (at < bytes.length) this.keep(bytes.subarray(at));
    this.outlet.flush();
    this.updateDue();
  }

  /** Reads as far as may be; returns where it stopped. */
  private read(bytes: Buffer): number {
    let text = "";
    let at = 0;
    while (at < bytes.length) {
      if (this.phase === "head") {
        if (this.isBlocked) return at;
        if (text === "") text = bytes.toString("latin1");
        at = this.readHead(text, at);
      } else if (this.phase === "body") {
        if (this.isIntakeFull) return at;
        at = this.readBody(bytes, at);
      } else {
        if (this.phase === "tunnel") this.tunnel?.receive(bytes.subarray(at));
        return bytes.length;
      }
    }
    return at;
  }

  private readHead(text: string, from: number): number {
    const at = this.skipBlank(text, from);
    if (at >= text.length || this.phase !== "head") return at;
    if (this.partial.isEmpty) {
      this.startedAtMs = this.readAtMs;
      const end = text.indexOf("\r\n\r\n", at);
      if (end >= 0) {
        const head = parseHead(text, at, end, this.front.options);
        if (head instanceof Refusal) this.refuse(head, text.startsWith("HEAD ", at));
        else this.take(head, end + 4 === text.length);
        return end + 4;
      }
    }
    return this.readPartialHead(text, at);
  }

  private readPartialHead(text: string, at: number): number {
    const { partial } = this;
    const stop = partial.add(text, at);
    if (stop < 0) {
      const refusal = partial.judge(this.front.options);
      if (refusal !== undefined) this.refuse(refusal);
      return text.length;
    }
    const head = parseHead(partial.text, 0, partial.text.length - 4, this.front.options);
    if (head instanceof Refusal) {
      this.refuse(head);
      return stop;
    }
    partial.clear();
    this.take(head, stop === text.length);
    return stop;
  }

  /** RFC 9112 §2.2: one empty line before a request line is forgiven. */
  private skipBlank(text: string, from: number): number {
    if (!this.partial.isEmpty) return from;
    let at = from;
    if (this.blank === 0 && text.charCodeAt(at) === 13) {
      this.blank = 1;
      at++;
    }
    if (this.blank === 1 && at < text.length) {
      if (text.charCodeAt(at) !== 10) this.refuse(BARE_CR);
      this.blank = 2;
      at++;
    }
    return at;
  }

  private take(head: Head, isAllThereIs: boolean): void {
    this.blank = 0;
    this.isFresh = false;
    const mayRunBeside = head.line.isSafe && !head.wantsUpgrade;
    this.owesContinue = head.expectsContinue && head.bodyBytes !== 0 && isAllThereIs;
    if (this.queue.length > 0 && !mayRunBeside) this.parked = head;
    else this.begin(head);
  }

  private begin(head: Head): void {
    const { line, bodyBytes } = head;
    const isOld = line.protocol === "HTTP/1.0";
    const exchange = new Exchange(this, isOld, line.method === "HEAD", head.isPersistent);
    this.queue.push(exchange);
    this.isAlone = !line.isSafe || head.wantsUpgrade;
    if (bodyBytes !== 0) {
      this.beginBody(head, exchange);
      return;
    }
    if (!head.isPersistent) this.phase = "drop";
    this.dispatch(head, exchange, NO_BODY);
  }

  private beginBody(head: Head, exchange: Exchange): void {
    const { options } = this.front;
    const intake = options.streamUploads
      ? new StreamedBody(() => this.pulled())
      : new WholeBody(options, this);
    exchange.intake = intake;
    this.phase = "body";
    this.current = { head, exchange, reader: new BodyReader(head.bodyBytes, options, intake) };
    if (options.bodyLimitBytes > 0 && head.bodyBytes > options.bodyLimitBytes) {
      this.refuse(TOO_LARGE);
    } else if (intake instanceof StreamedBody) {
      this.isIntakeFull = true;
      this.dispatch(head, exchange, streamOf(intake, head.bodyBytes));
    } else this.continueBody();
  }

  /** RFC 9110 §10.1.1: 100 once the body is wanted, unless some of it is here already. */
  private continueBody(): void {
    if (!this.owesContinue) return;
    this.owesContinue = false;
    this.current?.exchange.inform(100, "");
  }

  private pulled(): void {
    this.continueBody();
    this.ready();
    if (!this.isInTurn) this.updateDue();
  }

  private readBody(bytes: Buffer, at: number): number {
    const { current } = this;
    if (current === undefined) return bytes.length;
    this.owesContinue = false;
    const { reader } = current;
    const stop = reader.read(bytes, at);
    if (reader.refusal !== undefined) this.refuse(reader.refusal);
    else if (reader.isComplete) this.endBody(current.exchange);
    else this.isIntakeFull = reader.isFull;
    return stop;
  }

  /** A streamed request is with the handler already; a whole one goes there when `whole` is called. */
  private endBody(exchange: Exchange): void {
    const { intake } = exchange;
    this.isIntakeFull = false;
    if (intake instanceof StreamedBody) {
      this.current = undefined;
      this.phase = exchange.isPersistent ? "head" : "drop";
    } else this.isIntakeFull = true;
    intake?.finish();
  }

  private dispatch({ line, authority, fields }: Head, exchange: Exchange, body: RequestBody): void {
    const { method, target, parts, protocol } = line;
    const { path, query } = parts;
    const { peer, startedAtMs: receivedAtMs } = this;
    const request = {
      ...{ peer, method, target, path, query, protocol, authority, fields, body, receivedAtMs },
    };
    try {
      this.front.handler(request, exchange);
    } catch (error) {
      this.emit({ type: "handler-failed", error });
      exchange.fail(500);
    }
  }

  /** Answers by ourselves; the connection ends with it, because where the next request starts is unsure. */
  private refuse(
    { status, reason }: Refusal,
    isHead: boolean = this.partial.text.startsWith("HEAD "),
  ): void {
    this.emit({ type: "request-refused", status, reason, peer: this.peer });
    const broken = this.current?.exchange;
    this.current = undefined;
    this.phase = "drop";
    this.partial.clear();
    const exchange = broken ?? new Exchange(this, false, isHead, false);
    if (broken === undefined) this.queue.push(exchange);
    exchange.isPersistent = false;
    const { onGone } = exchange;
    exchange.intake?.release();
    exchange.fail(status);
    onGone?.();
  }

  private keep(bytes: Buffer): void {
    this.rest = bytes;
    this.socket.pause();
  }

  /** Goes on with what was kept, then with reading. */
  private resume(): void {
    if (this.parked !== undefined && this.queue.length === 0) this.beginParked(this.parked);
    const { rest } = this;
    if (rest !== undefined) {
      this.rest = undefined;
      this.feed(rest);
    } else this.updateDue();
    if (this.rest === undefined && this.phase !== "closed") this.socket.resume();
  }

  private beginParked(head: Head): void {
    this.parked = undefined;
    this.isInTurn = true;
    this.begin(head);
    this.isInTurn = false;
    this.outlet.flush();
  }

  private updateDue(): void {
    const { options } = this.front;
    if (this.phase === "head") {
      if (!this.partial.isEmpty) this.dueMs = this.startedAtMs + options.headTimeoutMs;
      else if (this.queue.length > 0 || this.rest !== undefined) this.dueMs = NEVER;
      else if (!this.isFresh) this.idle();
    } else if (this.phase === "body") {
      this.dueMs = this.isIntakeFull ? NEVER : this.front.clock.nowMs() + options.bodyTimeoutMs;
    } else if (this.phase === "drop") this.dueMs = NEVER;
  }

  private idle(): void {
    if (this.isRetiring || this.isHalfClosed) this.linger();
    else this.dueMs = this.front.clock.nowMs() + this.front.options.keepAliveTimeoutMs;
  }

  // Ends

  /** The last answer is complete. */
  private finish(last: Exchange): void {
    for (const other of this.queue.splice(0)) if (other !== last) other.lose();
    this.linger();
  }

  /** Ends our side and reads on for a while: closing with bytes unread would reset the answer away. */
  private linger(): void {
    this.outlet.flush();
    this.phase = "linger";
    this.current?.exchange.intake?.release();
    this.current = undefined;
    this.rest = undefined;
    this.dueMs = this.front.clock.nowMs() + this.front.options.lingerTimeoutMs;
    this.socket.end();
    this.socket.resume();
  }

  private ended(): void {
    const { clock, options } = this.front;
    this.isHalfClosed = true;
    if (this.phase === "tunnel") this.tunnel?.push(null);
    else if (this.phase === "body" || !this.partial.isEmpty) this.refuse(CUT_SHORT);
    else if (this.queue.length === 0) this.linger();
    else if (clock.nowMs() - this.readAtMs > options.halfCloseMs) this.socket.destroy();
  }

  private gone(): void {
    this.phase = "closed";
    this.front.forget(this);
    this.outlet.drop();
    this.tunnel?.destroy();
    for (const exchange of this.queue.splice(0)) exchange.lose();
    this.parked = undefined;
    this.rest = undefined;
  }

  private reset(): void {
    // Only TCP can be reset; a UNIX socket that is destroyed with bytes unsent looks ended.
    if (this.peer.localPort === undefined) this.socket.destroy();
    else this.socket.resetAndDestroy();
  }

  private drained(): void {
    if (this.outlet.waitingBytes > this.front.options.responseLimitBytes / 2) return;
    for (const exchange of this.queue) exchange.drain();
    if (this.rest !== undefined && !this.isInTurn) this.resume();
  }

  /** A client that takes nothing at all for too long is let go. */
  private checkReader(nowMs: number): void {
    const bytes = unsentBytes(this.socket);
    if (bytes === 0 || bytes !== this.stuckBytes) {
      this.stuckBytes = bytes;
      this.stuckSinceMs = nowMs;
    } else if (nowMs - this.stuckSinceMs >= this.front.options.writeTimeoutMs) {
      const { waitingBytes } = this.outlet;
      this.emit({ type: "reader-stuck", waitingBytes, peer: this.peer });
      this.socket.destroy();
    }
  }
}

/** Falls with every byte that the kernel takes; `writableLength` alone falls a whole write at a time. */
function unsentBytes(socket: Socket): number {
  const { _handle } = socket as unknown as { _handle?: { writeQueueSize?: number } | null };
  return socket.writableLength + (_handle?.writeQueueSize ?? 0);
}

function streamOf(chunks: StreamedBody, bodyBytes: number): RequestBody {
  return { kind: "stream", chunks, sizeBytes: bodyBytes === CHUNKED ? undefined : bodyBytes };
}
