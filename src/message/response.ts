import type { Duplex } from "node:stream";

/** What a response's field lines hold that decides how it is framed; bits of `ResponseHead.holds`. */
export const HOLDS = {
  contentLength: 1,
  date: 2,
  server: 4,
  /** `connection: close`: the app wants the connection to end with this response. */
  close: 8,
  /** `transfer-encoding: chunked`: the app encodes the chunks itself (Rack 2's Rack::Chunked). */
  chunked: 16,
} as const;

/** The head of a response. Its field lines are in wire form, so that nobody has to serialise them twice. */
export interface ResponseHead {
  readonly status: number;
  /**
   * `name: value\r\n`, each checked by whoever made them: no CR, LF or NUL inside, no Connection,
   * Keep-Alive or Upgrade line (they belong to the connection). Latin1.
   */
  readonly lines: string;
  /** Sum of `HOLDS` bits. Where `contentLength` is set, its value is right for the body that follows. */
  readonly holds: number;
}

/** Who got a request, as whoever hands it out notes it. */
export interface Assignment {
  /** The number of the worker. */
  worker: number | undefined;
  /** How long the request waited for the worker. */
  queueMs: number | undefined;
}

/** A file that is the body of a response. */
export interface FileBody {
  readonly path: string;
  readonly offsetBytes: number;
  readonly lengthBytes: number;
}

/**
 * Where the answer to one request goes. Exactly one of these orders is kept:
 * `inform`* then `respond`, or `inform`* then `start`, `write`*, `end` or `cut`; or `fail`; or `tunnel`.
 * After the client has gone every verb is without effect.
 */
export interface Reply {
  /** False once the client has gone or the answer is complete. */
  readonly isOpen: boolean;
  /** True once a final response, a page of ours or a tunnel has begun. */
  readonly isStarted: boolean;
  /** Whether bytes that it was given wait in it, for a client that has not taken them. */
  readonly keepsBytes: boolean;
  /** Whether there is room for more answers: not while as much waits for all clients together as may. */
  readonly hasRoom: boolean;
  /** Where it is to be noted who got the request; undefined where nobody wants to know. */
  readonly assignment?: Assignment | undefined;
  /** Called once when the client goes before the answer is complete. */
  onGone: (() => void) | undefined;
  /** Called when `write` returned false and what waits has fallen under half the bound again. */
  onDrain: (() => void) | undefined;
  /** Calls back once there is room, which there was not. */
  whenRoom(done: () => void): void;
  /** Sends an interim response (1xx), RFC 9110 §15.2; nothing to an HTTP/1.0 client. */
  inform(status: number, lines: string): void;
  /** Sends the whole response. A string body is latin1. */
  respond(head: ResponseHead, body: string | Uint8Array): void;
  /** Sends the whole response with a file as its body; resolves when it is sent or the client has gone. */
  respondFile(head: ResponseHead, file: FileBody): Promise<void>;
  /** Sends the head; the body follows. */
  start(head: ResponseHead): void;
  /** Sends a piece of the body; false when as much waits as may: hold back until `onDrain`. */
  write(bytes: Uint8Array): boolean;
  /** Ends the body. */
  end(): void;
  /** Ends the connection in the middle of the body, so that the client can tell. */
  cut(): void;
  /** Answers with a page of ours: status, extra field lines, and a text or HTML body. */
  fail(status: number, lines?: string, page?: Page): void;
  /**
   * Leaves HTTP: `head` (wire form, may be "") is sent as it is and the raw connection is handed over.
   * Bytes that followed the request's head come first.
   */
  tunnel(head: string): Duplex;
}

/** A page of ours, such as an error's. */
export interface Page {
  readonly contentType: string;
  readonly text: string;
}
