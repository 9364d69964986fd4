import { tmpdir } from "node:os";
import type { TlsOptions } from "./tls.ts";

/** What the listeners of one front keep to. Complete; a limit of 0 is said to mean "none" where it does. */
export interface HttpOptions {
  /** Request line and field lines together, with their line ends; more is 431. */
  readonly headLimitBytes: number;
  /** The request target; more is 414. */
  readonly targetLimitBytes: number;
  /** Field lines in a head, and again in a trailer section; more is 431. */
  readonly fieldCountLimit: number;
  /** A request's body, decoded; more is 413. 0: no limit. */
  readonly bodyLimitBytes: number;
  /** Bodies above this go to a temporary file. */
  readonly bodyMemoryLimitBytes: number;
  readonly temporaryFolder: string;
  /** Hands a request over as soon as its head is there, with its body as a stream. */
  readonly streamUploads: boolean;
  /** From the first byte of a head to its last; then 408. Also for the TLS handshake; then the end. */
  readonly headTimeoutMs: number;
  /** Between two bytes of a body; then 408. */
  readonly bodyTimeoutMs: number;
  /** Between two requests of a connection; then it is closed without a word. */
  readonly keepAliveTimeoutMs: number;
  /** For a client that takes nothing of what waits for it. */
  readonly writeTimeoutMs: number;
  /** How long a connection that ends still reads, so that the client sees the answer and no reset. */
  readonly lingerTimeoutMs: number;
  /**
   * A client that ends its side within this time after its last byte is half-closed and still wants
   * its answer (`printf … | nc -N`); later than that, it has gone.
   */
  readonly halfCloseMs: number;
  /** Open connections of all listeners together. */
  readonly connectionLimit: number;
  /** Of these, how many may be kept alive at a time; one more is closed after its first answer. Undefined: all. */
  readonly persistentLimit: number | undefined;
  /** Requests of one connection that are with the handler at once. */
  readonly pipelineLimit: number;
  /** Bytes that may wait for one client before `Reply.write` says false. */
  readonly responseLimitBytes: number;
  /** Bytes that may wait for all clients before every slow one is held back, and no worker gets more work. */
  readonly totalResponseLimitBytes: number;
  /** The value of the `server:` line, "" for none. */
  readonly serverName: string;
  /** Connections that the kernel keeps for us before we accept them. */
  readonly backlog: number;
  /** How TCP listeners speak TLS; undefined: they do not. UNIX sockets never do. */
  readonly tls: TlsOptions | undefined;
  /** Tell `request-ended` of each request. */
  readonly tellsRequests: boolean;
  /** Tell `bytes-received` and `bytes-sent`, with all the secrets in them. */
  readonly tellsBytes: boolean;
}

export const HTTP_DEFAULTS: HttpOptions = {
  headLimitBytes: 112 * 1024,
  targetLimitBytes: 16 * 1024,
  fieldCountLimit: 200,
  bodyLimitBytes: 0,
  bodyMemoryLimitBytes: 112 * 1024,
  temporaryFolder: tmpdir(),
  streamUploads: false,
  headTimeoutMs: 30_000,
  bodyTimeoutMs: 30_000,
  keepAliveTimeoutMs: 30_000,
  writeTimeoutMs: 30_000,
  lingerTimeoutMs: 5_000,
  halfCloseMs: 250,
  connectionLimit: 10_000,
  persistentLimit: undefined,
  pipelineLimit: 16,
  responseLimitBytes: 1024 * 1024,
  totalResponseLimitBytes: 256 * 1024 * 1024,
  serverName: "",
  backlog: 1024,
  tls: undefined,
  tellsRequests: false,
  tellsBytes: false,
};
