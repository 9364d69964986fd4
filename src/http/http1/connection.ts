import type { Socket } from "node:net";
import type { Peer } from "../../message/index.ts";
import type { FrontParts } from "../front.ts";
import type { Timed } from "../timeouts.ts";
import { transportOf } from "../transport.ts";
import type { Leaver } from "./access-record.ts";
import { Deadline } from "./deadline.ts";
import { Inlet, type InletReader } from "./inlet.ts";
import { Outlet } from "./outlet.ts";
import { Pipeline, type PipelineEnd } from "./pipeline.ts";
import { ReaderWatch } from "./reader-watch.ts";
import { Refusal } from "./refusal.ts";
import { Requests } from "./requests.ts";
import { Tunnel } from "./tunnel.ts";
import { type Framing, isEndless } from "./writer.ts";

/** Requests and answers; only the client's end is waited for; no longer HTTP; gone. */
type Phase = "open" | "linger" | "tunnel" | "closed";

const CUT_SHORT = new Refusal(400, "The client ended in the middle of a request");
const SLOW_HEAD = new Refusal(408, "The head took longer than the limit");
const SLOW_BODY = new Refusal(408, "The body stood still for longer than the limit");

/** A client's connection from its first byte to its last: what it waits for, and how it ends. */
export class Connection implements Timed, InletReader, PipelineEnd {
  readonly #socket: Socket;
  readonly #peer: Peer;
  readonly #front: FrontParts;
  readonly #outlet: Outlet;
  readonly #inlet: Inlet;
  readonly #pipeline: Pipeline;
  readonly #requests: Requests;
  readonly #deadline: Deadline;
  readonly #watch: ReaderWatch;
  readonly #isKept: boolean;
  #phase: Phase = "open";
  #isHalfClosed = false;
  /** Who ends it, as far as is known. */
  #leaver: Leaver = "client-left";
  #tunnel: Tunnel | undefined = undefined;

  /** `isKept`: it idles as long as it likes, and goes on after every request; see `Pipeline.isKept`. */
  constructor(socket: Socket, peer: Peer, front: FrontParts, isKept = false) {
    this.#socket = socket;
    this.#peer = peer;
    this.#front = front;
    this.#outlet = new Outlet(socket, front.budget, () => this.#drained());
    this.#inlet = new Inlet(socket, this.#outlet, front.clock, this);
    this.#pipeline = new Pipeline(front, this.#outlet, this, isKept);
    this.#requests = new Requests(front, peer, this.#pipeline, () => this.resume());
    this.#deadline = new Deadline(front.options);
    this.#watch = new ReaderWatch(socket);
    this.#isKept = isKept;
    if (!isKept) this.#deadline.start("first", this.#inlet.readAtMs);
    socket.on("end", () => this.#ended());
    // Whatever it was, "close" follows and says all that matters.
    socket.on("error", () => {});
    socket.on("close", () => this.#gone());
  }

  /** Lets it have one answer, and closes it with that. */
  serveOnce(): void {
    this.#pipeline.isRetiring = true;
  }

  /** Closes at once when nothing is under way, else with the last answer. */
  retire(graceMs: number): void {
    this.#pipeline.isRetiring = true;
    const { awaited } = this.#requests;
    // A connection that has never said anything may have a request on its way.
    if (awaited === "first") this.#deadline.shorten(this.#front.clock.nowMs() + graceMs);
    else if (awaited === "next") this.linger();
  }

  shut(): void {
    this.#leaver = "dropped";
    this.#socket.destroy();
  }

  tick(nowMs: number): void {
    if (this.#watch.isStuck(nowMs, this.#front.options.writeTimeoutMs)) {
      this.#giveUp();
      return;
    }
    const missing = this.#deadline.expired(nowMs);
    if (missing === "head") this.#refuse(SLOW_HEAD);
    else if (missing === "body") this.#refuse(SLOW_BODY);
    else if (missing === "end") this.#endSoon(nowMs);
    else if (missing !== undefined) this.linger();
  }

  // Reading

  get canGoOn(): boolean {
    return this.#pipeline.canUnpark;
  }

  read(bytes: Buffer): number {
    const at = this.#phase === "open" ? this.#requests.read(bytes, this.#inlet.readAtMs) : 0;
    if (this.#phase === "open") return at;
    if (at < bytes.length) this.#tunnel?.receive(bytes.subarray(at));
    return bytes.length;
  }

  rest(): void {
    if (this.#phase !== "open") return;
    const { awaited, startedAtMs } = this.#requests;
    if (awaited === "first") return;
    if (awaited === "head") this.#deadline.start("head", startedAtMs);
    else if (awaited === "nothing" || this.#inlet.isStopped) this.#deadline.clear();
    else if (awaited === "next" && this.#mayEnd) this.linger();
    else if (awaited === "next" && this.#isKept) this.#deadline.clear();
    else this.#deadline.start(awaited, this.#front.clock.nowMs());
  }

  resume(): void {
    this.#inlet.resume();
  }

  #refuse(refusal: Refusal): void {
    this.#requests.refuse(refusal);
    this.rest();
  }

  get #mayEnd(): boolean {
    return this.#pipeline.isRetiring || this.#isHalfClosed;
  }

  #drained(): void {
    if (this.#outlet.waitingBytes > this.#front.options.responseLimitBytes / 2) return;
    this.#pipeline.drain();
    if (this.#inlet.isStopped) this.resume();
  }

  // Tunnels

  makeTunnel(): Tunnel {
    return new Tunnel(this.#socket);
  }

  enterTunnel(tunnel: Tunnel): void {
    this.#phase = "tunnel";
    this.#tunnel = tunnel;
    this.#outlet.flush();
    this.#deadline.clear();
    const early = Buffer.from(this.#requests.stop("dropped"), "latin1");
    if (early.length > 0) tunnel.receive(early);
    tunnel.enter();
    this.resume();
  }

  // Ends

  /** Ends our side and reads on for a while: closing with bytes unread would reset the answer away. */
  linger(): void {
    this.#phase = "linger";
    this.#leaver = "dropped";
    this.#requests.stop(this.#leaver);
    this.#inlet.drop();
    this.#front.makeRoom(this);
    this.#outlet.end();
    this.#deadline.start("end", this.#front.clock.nowMs());
    this.#socket.resume();
  }

  /** Ends the connection so that the client can tell that the body is not whole. */
  cut(framing: Framing): void {
    this.#leaver = "dropped";
    this.#outlet.flush();
    // Without a length or chunks only a reset tells the end from a break, and only TCP can be
    // reset: a UNIX socket that is destroyed with bytes unsent looks ended.
    if (!isEndless(framing)) this.#socket.destroySoon();
    else if (this.#peer.localPort === undefined) this.#socket.destroy();
    else transportOf(this.#socket).resetAndDestroy();
  }

  /** A slow reader may take its time for the last answer; one that takes nothing is let go elsewhere. */
  #endSoon(nowMs: number): void {
    if (this.#socket.writableLength > 0) this.#deadline.start("end", nowMs);
    else this.#socket.destroy();
  }

  #giveUp(): void {
    const { waitingBytes } = this.#outlet;
    this.#front.emit({ type: "reader-stuck", waitingBytes, peer: this.#peer });
    this.#socket.destroy();
  }

  /** The client has ended its side: it is half-closed, or gone. */
  #ended(): void {
    const { clock, options } = this.#front;
    this.#isHalfClosed = true;
    if (this.#phase === "tunnel") this.#tunnel?.push(null);
    else if (this.#requests.isMidway) this.#refuse(CUT_SHORT);
    else if (this.#pipeline.isEmpty) this.linger();
    else if (clock.nowMs() - this.#inlet.readAtMs > options.halfCloseMs) this.#socket.destroy();
  }

  #gone(): void {
    this.#phase = "closed";
    this.#front.forget(this);
    this.#outlet.drop();
    this.#tunnel?.destroy();
    this.#requests.stop(this.#leaver);
    this.#pipeline.lose(this.#leaver);
    this.#inlet.drop();
  }
}
