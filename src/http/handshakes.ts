import type { Socket } from "node:net";
import {
  createServer,
  type Server,
  type TlsOptions as ServerOptions,
  type TLSSocket,
} from "node:tls";
import { type Clock, LONGEST_TIMER_MS } from "../kit/index.ts";
import type { Peer } from "../message/index.ts";
import type { Timed, Timeouts } from "./timeouts.ts";
import { readTls, type TlsContexts, type TlsOptions } from "./tls.ts";
import { transportOf } from "./transport.ts";

/** Who hears how handshakes end. */
export interface HandshakeEvents {
  secured(socket: Socket, peer: Peer): void;
  /** The connection is gone, whatever the reason. */
  handshakeFailed(reason: string, peer: Peer): void;
}

const TOO_SLOW = "the client took too long";
const PLAIN = "the client speaks plain HTTP";
const PLAIN_ANSWER =
  "HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\n" +
  "This port speaks HTTPS.\n";

/** Connections that do not speak HTTP yet: each has so long to agree upon TLS. */
export class Handshakes {
  readonly #options: TlsOptions;
  readonly #limitMs: number;
  readonly #timeouts: Timeouts;
  readonly #clock: Clock;
  readonly #events: HandshakeEvents;
  readonly #server: Server;
  #contexts: TlsContexts;
  readonly #pending = new Map<Socket, Handshake>();

  /** Throws TlsError when key or certificate are of no use. */
  constructor(
    options: TlsOptions,
    limitMs: number,
    timeouts: Timeouts,
    clock: Clock,
    events: HandshakeEvents,
  ) {
    this.#options = options;
    this.#limitMs = limitMs;
    this.#timeouts = timeouts;
    this.#clock = clock;
    this.#events = events;
    this.#contexts = readTls(options);
    this.#server = createServer({
      ...this.#contexts.first,
      ...(options.certificates.length > 1 ? this.#namedContexts() : {}),
      ALPNProtocols: ["http/1.1"],
      requestCert: options.asksClients,
      rejectUnauthorized: false,
      // The limit of ours is the one that counts: Node's begins anew with every byte.
      handshakeTimeout: LONGEST_TIMER_MS,
    });
    this.#server.on("secureConnection", (socket) => this.#secured(socket));
    this.#server.on("tlsClientError", (error, socket) => this.#failed(error, socket));
  }

  get size(): number {
    return this.#pending.size;
  }

  begin(socket: Socket, peer: Peer): void {
    const handshake = new Handshake(socket, peer, this.#clock.nowMs() + this.#limitMs);
    this.#pending.set(socket, handshake);
    this.#timeouts.add(handshake);
    // Whatever it was, the handshake fails with it.
    socket.on("error", () => {});
    // Who ends before there is TLS has gone; half-closing is for those who have asked something.
    socket.allowHalfOpen = false;
    this.#server.emit("connection", socket);
  }

  /** Gives those under way no longer than this. */
  retire(graceMs: number): void {
    const dueMs = this.#clock.nowMs() + graceMs;
    for (const handshake of this.#pending.values()) handshake.shorten(dueMs);
  }

  /** Ends those under way at once. */
  shut(): void {
    for (const socket of this.#pending.keys()) socket.destroy();
  }

  /** Reads every key and certificate anew, for the connections to come. Throws TlsError, and nothing has changed. */
  renew(): void {
    this.#contexts = readTls(this.#options);
    this.#server.setSecureContext(this.#contexts.first);
  }

  #secured(socket: TLSSocket): void {
    const handshake = this.#take(socket);
    if (handshake === undefined) return;
    socket.allowHalfOpen = true;
    this.#events.secured(socket, this.#withCertificate(handshake.peer, socket));
  }

  #namedContexts(): Pick<ServerOptions, "SNICallback"> {
    return { SNICallback: (name, done) => done(null, this.#contexts.forName(name)) };
  }

  #withCertificate(peer: Peer, socket: TLSSocket): Peer {
    if (!this.#options.asksClients) return peer;
    const certificate = socket.getPeerX509Certificate()?.toString();
    return certificate === undefined ? peer : { ...peer, certificate };
  }

  #failed(error: NodeJS.ErrnoException, socket: TLSSocket): void {
    const handshake = this.#take(socket);
    if (handshake === undefined) return;
    const isPlain = error.code === "ERR_SSL_HTTP_REQUEST";
    if (isPlain) transportOf(socket).write(PLAIN_ANSWER);
    const reason = handshake.isLate ? TOO_SLOW : isPlain ? PLAIN : reasonOf(error);
    this.#events.handshakeFailed(reason, handshake.peer);
  }

  #take(socket: TLSSocket): Handshake | undefined {
    const transport = transportOf(socket);
    const handshake = this.#pending.get(transport);
    if (handshake === undefined) return undefined;
    this.#pending.delete(transport);
    this.#timeouts.delete(handshake);
    return handshake;
  }
}

/** One of them. */
class Handshake implements Timed {
  readonly peer: Peer;
  isLate = false;
  readonly #socket: Socket;
  #dueMs: number;

  constructor(socket: Socket, peer: Peer, dueMs: number) {
    this.peer = peer;
    this.#socket = socket;
    this.#dueMs = dueMs;
  }

  shorten(dueMs: number): void {
    this.#dueMs = Math.min(this.#dueMs, dueMs);
  }

  tick(nowMs: number): void {
    if (nowMs < this.#dueMs) return;
    this.isLate = true;
    this.#socket.destroy();
  }
}

/** OpenSSL's `error:0A000102:SSL routines::unsupported protocol:../ssl/…` without its file names. */
function reasonOf({
  code,
  message,
  ...error
}: NodeJS.ErrnoException & { reason?: string }): string {
  return error.reason ?? (code === "ECONNRESET" ? "the client went away" : message);
}
