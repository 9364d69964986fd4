import type { Peer } from "../message/index.ts";
import type { BoundAddress, SwiftiplyAddress } from "./address.ts";

/** What happened at the listeners, for whoever turns facts into lines and numbers. */
export type HttpFact =
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
