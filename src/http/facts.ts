import type { Peer } from "../message/index.ts";
import type { BoundAddress, SwiftiplyAddress } from "./address.ts";

/** What happened at the listeners, for whoever turns facts into lines and numbers. */
export type HttpFact =
  | RequestEnded
  | BytesPassed
  | { readonly type: "listener-open"; readonly address: BoundAddress }
  | { readonly type: "listener-closed"; readonly address: BoundAddress }
  /** A connection beyond `connectionLimit` was turned away. */
  | { readonly type: "connection-refused"; readonly limit: number }
  /**
   * The process has hardly a file descriptor left: connections beyond them are closed unheard, bodies
   * and workers may fail. Said once, until there is room again.
   */
  | { readonly type: "descriptors-spent"; readonly limit: number }
  /** Connections could not be accepted; said once until one can. The listener goes on. */
  | { readonly type: "accept-failed"; readonly address: BoundAddress; readonly error: unknown }
  /** A Swiftiply proxy has one of our connections, for the first time or again. */
  | { readonly type: "proxy-reached"; readonly address: SwiftiplyAddress }
  /** It has none, and cannot be connected to; said once until it can. We keep trying. */
  | {
      readonly type: "proxy-not-reached";
      readonly address: SwiftiplyAddress;
      readonly reason: string;
    }
  /** A client and we did not agree upon TLS; the connection is gone. */
  | { readonly type: "tls-failed"; readonly reason: string; readonly peer: Peer }
  /** Key and certificate were read anew; connections from now on get them. */
  | { readonly type: "tls-renewed" }
  /** The new key or certificate is of no use; the old ones stay. */
  | { readonly type: "tls-not-renewed"; readonly error: unknown }
  /** A request that breaks a rule was answered by us; the connection ends. */
  | {
      readonly type: "request-refused";
      readonly status: number;
      readonly reason: string;
      readonly peer: Peer;
    }
  /** A client took nothing of its answer for `writeTimeoutMs`; the connection is gone. */
  | { readonly type: "reader-stuck"; readonly waitingBytes: number; readonly peer: Peer }
  /** The handler threw; the client got 500. */
  | { readonly type: "handler-failed"; readonly error: unknown }
  /** A body or a response could not be kept in, or read from, a file. */
  | { readonly type: "file-failed"; readonly path: string; readonly error: unknown };

/**
 * How a request ended: its answer went out whole; that answer was a refusal of ours; the answer was broken off because
 * the app or its worker failed; the app took the connection over, and that is at its end; the client left first; we
 * closed the connection first.
 */
export type RequestEnd = "complete" | "refused" | "cut" | "tunnel" | "client-left" | "dropped";

/** What came of one request. Told only where `HttpOptions.tellsRequests` asks for it. */
export interface RequestEnded {
  readonly type: "request-ended";
  readonly peer: Peer;
  /** As it was sent. Of a head that was refused, the first line as far as it was there; "" when there was none. */
  readonly requestLine: string;
  /** As `Request.fields`; of a head that was refused, none. */
  readonly fields: readonly string[];
  /** Of the answer. Without one 499 when the client left, 444 when we closed the connection; of a tunnel what the app wrote, or 101. */
  readonly status: number;
  /** As `ResponseHead.lines`. */
  readonly responseLines: string;
  /** What was handed to the connection of the answer's body, without the chunks' framing; of a tunnel all that the app sent. */
  readonly bodyBytes: number;
  /** From the first byte of the request to the last of the answer. */
  readonly tookMs: number;
  /** As `Assignment`. */
  readonly queueMs: number | undefined;
  readonly worker: number | undefined;
  readonly end: RequestEnd;
}

/** Bytes of a connection as they came or went. Told only where `HttpOptions.tellsBytes` asks for it. */
export interface BytesPassed {
  readonly type: "bytes-received" | "bytes-sent";
  readonly peer: Peer;
  /** UTF-8, as far as it is. */
  readonly text: string;
  /** What was left out of `text`, because it was too much. */
  readonly omittedBytes: number;
}
