import type { HttpFact } from "../http/index.ts";
import type { Emit } from "../kit/index.ts";
import type { Handler } from "../message/index.ts";
import type { PoolFact } from "../pool/index.ts";
import type { RackFact } from "../rack/index.ts";
import type { ServerFact } from "./facts.ts";
import type { ServerFigures } from "./figures.ts";
import type { ServerOptions } from "./options.ts";

/** Where a server and the rooms it is made of tell their facts. */
export type ServerEmit = Emit<ServerFact | PoolFact | HttpFact | RackFact>;

/** An application server at work. */
export interface Server {
  /** What it is bound to: as `formatAddress` of `http` writes it, with the real port. */
  readonly addresses: readonly string[];
  /** Resolves with the exit code when it has stopped, whoever asked for it; removes what was ours before. */
  readonly done: Promise<number>;
  /** Takes no more, lets what it has finish, then leaves. A second call changes nothing. */
  stop(): Promise<void>;
  /** Leaves now; requests are dropped. */
  halt(): Promise<void>;
  /**
   * Reads the files of TLS anew, then replaces the workers one by one by workers that have loaded the app anew. Resolves
   * with why the old TLS stays, if it does; rejects when the new workers do not come up.
   */
  restart(): Promise<unknown>;
  /** `by` workers more, or less; never less than one. */
  resize(by: number): void;
  /** Has the workers write to `path` anew, after the log was moved away. */
  reopen(path: string): void;
}

/**
 * Stands between the listeners and the workers: makes the handler that requests come to of the one that has workers
 * answer them. `figures` tells how the server is doing.
 */
export type Between = (workers: Handler, figures: () => Promise<ServerFigures>) => Handler;

/**
 * Starts a server; resolves when it is bound and a worker is ready, rejects when it cannot be or when `signal`
 * says to give up. The server itself emits `server-listening`, `server-stopping` and `server-stopped`.
 */
export type StartServer = (
  options: ServerOptions,
  emit: ServerEmit,
  signal: AbortSignal,
  between?: Between,
) => Promise<Server>;
