import type { Socket } from "node:net";
import type { Clock } from "../kit/index.ts";
import type { Handler, Peer } from "../message/index.ts";
import type { Address, BoundAddress, SwiftiplyAddress } from "./address.ts";
import { Budget } from "./budget.ts";
import { DateLine } from "./date-line.ts";
import { Descriptors } from "./descriptors.ts";
import type { HttpFact } from "./facts.ts";
import { type HandshakeEvents, Handshakes } from "./handshakes.ts";
import { AccessRecord, Connection } from "./http1/index.ts";
import { Listener, type ListenerEvents } from "./listener.ts";
import type { HttpOptions } from "./options.ts";
import { type SwiftiplyEvents, SwiftiplyLines } from "./swiftiply.ts";
import { tap } from "./tap.ts";
import { Timeouts } from "./timeouts.ts";
import { TurnedAway } from "./turned-away.ts";

/** What every connection needs of its front. */
export interface FrontParts {
  readonly handler: Handler;
  readonly options: HttpOptions;
  readonly clock: Clock;
  readonly emit: (fact: HttpFact) => void;
  readonly budget: Budget;
  readonly date: DateLine;
  readonly serverLine: string;
  /** Called by a connection that has no further request to come: another may be kept alive in its place. */
  makeRoom(connection: Connection): void;
  /** Called by a connection that is closed. */
  forget(connection: Connection): void;
}

/** How long a closing front waits for the first request of a connection that has said nothing yet. */
const FIRST_REQUEST_GRACE_MS = 500;

/** Who connects to a port that is only tried is cut off. */
const DEAF: ListenerEvents = { accept: (socket) => void socket.destroy(), failed: () => {} };

/** Listeners whose connections share one handler, one set of limits and one budget. */
export class Front implements FrontParts, ListenerEvents, HandshakeEvents, SwiftiplyEvents {
  readonly handler: Handler;
  readonly options: HttpOptions;
  readonly clock: Clock;
  readonly emit: (fact: HttpFact) => void;
  readonly budget: Budget;
  readonly date: DateLine;
  readonly serverLine: string;
  readonly #timeouts: Timeouts;
  readonly #listeners = new Map<Listener | SwiftiplyLines, BoundAddress>();
  readonly #connections = new Set<Connection>();
  /** Those that may be kept alive, where not all may. */
  readonly #persistent = new Set<Connection>();
  readonly #turnedAway: TurnedAway;
  readonly #handshakes: Handshakes | undefined;
  readonly #descriptors = new Descriptors();
  #isClosing = false;
  #onEmpty: (() => void) | undefined = undefined;

  /** Throws TlsError when the key or the certificate of `options.tls` is of no use. */
  constructor(
    handler: Handler,
    options: HttpOptions,
    clock: Clock,
    emit: (fact: HttpFact) => void,
  ) {
    this.handler = handler;
    this.options = options;
    this.clock = clock;
    this.emit = emit;
    this.budget = new Budget(options.totalResponseLimitBytes);
    this.date = new DateLine(clock);
    this.serverLine = options.serverName === "" ? "" : `server: ${options.serverName}\r\n`;
    this.#timeouts = new Timeouts(clock);
    this.#turnedAway = new TurnedAway(this.#timeouts, clock, options.lingerTimeoutMs);
    const { tls, headTimeoutMs } = options;
    this.#handshakes = tls && new Handshakes(tls, headTimeoutMs, this.#timeouts, clock, this);
  }

  get connectionCount(): number {
    return this.#connections.size + (this.#handshakes?.size ?? 0);
  }

  /**
   * Opens one more listener; resolves with the address that it is bound to. Of a proxy it resolves at once: that it can
   * be reached is a fact of its own.
   */
  async listen(address: Address): Promise<BoundAddress> {
    if (address.kind === "swiftiply") return this.#dial(address);
    const listener = new Listener(address, this);
    const bound = await listener.open(this.options.backlog);
    this.#opened(listener, bound);
    return bound;
  }

  /** Rejects with ListenError when one of these cannot be bound; leaves nothing of it, and no UNIX socket is seen. */
  async try(addresses: readonly Address[]): Promise<void> {
    const bound: Listener[] = [];
    try {
      for (const address of addresses) {
        if (address.kind === "fd" || address.kind === "swiftiply") continue;
        const listener = new Listener(address, DEAF);
        await listener.bind(this.options.backlog);
        bound.push(listener);
      }
    } finally {
      for (const listener of bound) listener.letGo();
    }
  }

  /**
   * Accepts nothing more, closes idle connections, and resolves once the others have had the answers
   * to what they asked; after `deadlineMs` they are closed as they stand.
   */
  async close(deadlineMs: number): Promise<void> {
    this.#isClosing = true;
    this.#stopListening();
    this.#handshakes?.retire(FIRST_REQUEST_GRACE_MS);
    for (const connection of this.#connections) connection.retire(FIRST_REQUEST_GRACE_MS);
    if (this.connectionCount > 0) await this.#emptied(deadlineMs);
    this.#turnedAway.shut();
  }

  /** Closes everything at once. */
  shut(): void {
    this.#stopListening();
    this.#handshakes?.shut();
    for (const connection of this.#connections) connection.shut();
    this.#turnedAway.shut();
  }

  makeRoom(connection: Connection): void {
    this.#persistent.delete(connection);
  }

  forget(connection: Connection): void {
    this.#connections.delete(connection);
    this.makeRoom(connection);
    this.#timeouts.delete(connection);
    if (this.connectionCount === 0) this.#onEmpty?.();
  }

  /**
   * Reads the files of TLS anew; connections from now on get what is in them. Where they are of no use, the
   * old ones stay, a fact says so, and the error is returned.
   */
  renewTls(): unknown {
    if (this.#handshakes === undefined) return undefined;
    try {
      this.#handshakes.renew();
      this.emit({ type: "tls-renewed" });
      return undefined;
    } catch (error) {
      this.emit({ type: "tls-not-renewed", error });
      return error;
    }
  }

  accept(socket: Socket, listener: Listener): void {
    // Reset before it was accepted: it has no address any more, and must not pass for a local one.
    if (listener.port !== undefined && socket.remoteAddress === undefined) {
      socket.destroy();
      return;
    }
    const size = this.connectionCount;
    // A UNIX socket stays plain.
    const handshakes = listener.port === undefined ? undefined : this.#handshakes;
    const { connectionLimit } = this.options;
    if (this.#descriptors.areSpentBy(socket, size)) {
      this.emit({ type: "descriptors-spent", limit: this.#descriptors.limit });
    }
    if (size >= connectionLimit) {
      this.#turnAway(socket, listener, handshakes !== undefined);
      return;
    }
    const peer = peerOf(socket, listener.port, handshakes === undefined ? "http" : "https");
    if (handshakes === undefined) this.#connect(socket, peer);
    else handshakes.begin(socket, peer);
  }

  secured(socket: Socket, peer: Peer): void {
    const connection = this.#connect(socket, peer);
    if (this.#isClosing) connection.retire(FIRST_REQUEST_GRACE_MS);
  }

  handshakeFailed(reason: string, peer: Peer): void {
    this.emit({ type: "tls-failed", reason, peer });
    if (this.connectionCount === 0) this.#onEmpty?.();
  }

  failed(error: Error, address: BoundAddress): void {
    this.emit({ type: "accept-failed", address, error });
  }

  relayed(socket: Socket, { port }: SwiftiplyAddress): void {
    this.#connect(socket, peerOf(socket, port, "http"), true);
  }

  reached(address: SwiftiplyAddress): void {
    this.emit({ type: "proxy-reached", address });
  }

  notReached(reason: string, address: SwiftiplyAddress): void {
    this.emit({ type: "proxy-not-reached", address, reason });
  }

  #dial(address: SwiftiplyAddress): BoundAddress {
    const lines = new SwiftiplyLines(address, this.clock, this);
    lines.open();
    this.#opened(lines, address);
    return address;
  }

  #opened(listener: Listener | SwiftiplyLines, address: BoundAddress): void {
    this.#listeners.set(listener, address);
    this.emit({ type: "listener-open", address });
  }

  /** An answer would take a handshake where there is TLS, of which there are too many already. */
  #turnAway(socket: Socket, listener: Listener, isSecure: boolean): void {
    this.emit({ type: "connection-refused", limit: this.options.connectionLimit });
    if (isSecure) {
      socket.destroy();
      return;
    }
    this.#turnedAway.add(socket);
    if (this.options.tellsRequests) this.#tellTurnedAway(peerOf(socket, listener.port, "http"));
  }

  /** Its request is never read. */
  #tellTurnedAway(peer: Peer): void {
    const said = { requestLine: "", fields: [] };
    const record = new AccessRecord(this, peer, said, this.clock.nowMs());
    record.answer({ status: 503, lines: "", holds: 0 });
    record.refuse();
    record.close("complete");
  }

  #connect(socket: Socket, peer: Peer, isKept = false): Connection {
    if (this.options.tellsBytes) tap(socket, peer, this.emit);
    const connection = new Connection(socket, peer, this, isKept);
    this.#connections.add(connection);
    this.#timeouts.add(connection);
    if (!isKept) this.#grantPersistence(connection);
    return connection;
  }

  #grantPersistence(connection: Connection): void {
    const { persistentLimit } = this.options;
    if (persistentLimit === undefined) return;
    if (this.#persistent.size < persistentLimit) this.#persistent.add(connection);
    else connection.serveOnce();
  }

  async #emptied(deadlineMs: number): Promise<void> {
    const cancel = this.clock.after(deadlineMs, () => this.shut());
    await new Promise<void>((resolve) => {
      const before = this.#onEmpty;
      this.#onEmpty = () => {
        before?.();
        resolve();
      };
    });
    cancel();
  }

  #stopListening(): void {
    for (const [listener, address] of this.#listeners) {
      listener.close();
      this.emit({ type: "listener-closed", address });
    }
    this.#listeners.clear();
  }
}

function peerOf(socket: Socket, localPort: number | undefined, scheme: Peer["scheme"]): Peer {
  const { remoteAddress = "127.0.0.1", remotePort } = socket;
  return {
    scheme,
    remoteAddress: remoteAddress.startsWith("::ffff:") ? remoteAddress.slice(7) : remoteAddress,
    remotePort,
    localPort,
  };
}
