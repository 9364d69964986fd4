/** The two ends of a connection, shared by all its requests. */
export interface Peer {
  readonly scheme: "http" | "https";
  /** The client's address without port; "127.0.0.1" for a UNIX socket, as Thin has it. */
  readonly remoteAddress: string;
  readonly remotePort: number | undefined;
  /** The port that the listener is bound to; undefined for a UNIX socket. */
  readonly localPort: number | undefined;
  /** The certificate that the client has shown, PEM; nobody has verified it. Undefined when it has shown none. */
  readonly certificate?: string;
}

/**
 * One request, as received. Text is latin1: one character is one byte of the wire.
 * Hop-by-hop framing is gone (the body is decoded), everything else stands as the client sent it.
 */
export interface Request {
  readonly peer: Peer;
  readonly method: string;
  /** The request target as sent, RFC 9112 §3.2. */
  readonly target: string;
  /** The path, undecoded and not normalised: `/a%20b`; `*` for the asterisk form. */
  readonly path: string;
  /** What follows the first `?` of the target, "" when nothing does. */
  readonly query: string;
  readonly protocol: "HTTP/1.0" | "HTTP/1.1" | "HTTP/2";
  /** `host[:port]` of the target in absolute form, else of Host, else "". */
  readonly authority: string;
  /** Name, value, name, value … in the order of arrival: names in lower case, repeats kept. */
  readonly fields: readonly string[];
  readonly body: RequestBody;
  /** When the first byte of the request arrived, on the clock of `performance.now()`. */
  readonly receivedAtMs: number;
}

/** A request's body: whole, unless the listener was told to stream uploads. */
export type RequestBody =
  | { readonly kind: "none" }
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  /** A temporary file. Whoever opens it may unlink it; it is removed with the request in any case. */
  | { readonly kind: "file"; readonly path: string; readonly sizeBytes: number }
  /** Bytes as they arrive; pulling the next one is what lets the client send more. */
  | {
      readonly kind: "stream";
      readonly chunks: AsyncIterable<Uint8Array>;
      readonly sizeBytes: number | undefined;
    };
