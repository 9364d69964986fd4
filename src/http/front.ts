import type { Socket } from "node:net";
import type { Clock } from "../kit/index.ts";
import type { Handler, Peer } from "../message/index.ts";
import type { Address, BoundAddress } from "./address.ts";
import { Budget } from "./budget.ts";
import { DateLine } from "./date-line.ts";
import { Descriptors } from "./descriptors.ts";
import type { HttpFact } from "./facts.ts";
import { Connection } from "./http1/index.ts";
import { Listener, type ListenerEvents } from "./listener.ts";
import type { HttpOptions } from "./options.ts";
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
  /** Called by a connection that is closed. */
  forget(connection: Connection): void;
}

/** How long a closing front waits for the first request of a connection that has said nothing yet. */
const FIRST_REQUEST_GRACE_MS = 500;

/** Listeners whose connections share one handler, one set of limits and one budget. */
export class Front implements FrontParts, ListenerEvents {
  readonly handler: Handler;
  readonly options: HttpOptions;
  readonly clock: Clock;
  readonly emit: (fact: HttpFact) => void;
  readonly budget: Budget;
  readonly date: DateLine;
  readonly serverLine: string;
  readonly #timeouts: Timeouts;
  readonly #listeners = new Map<Listener, BoundAddress>();
  readonly #connections = new Set<Connection>();
  readonly #turnedAway: TurnedAway;
  readonly #descriptors = new Descriptors();
  #onEmpty: (() => void) | undefined = undefined;

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
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  /** Opens one more listener; resolves with the address that it is bound to. */
  async listen(address: Address): Promise<BoundAddress> {
    const listener = new Listener(address, this);
    const bound = await listener.open(this.options.backlog);
    this.#listeners.set(listener, bound);
    this.emit({ type: "listener-open", address: bound });
    return bound;
  }

  /**
   * Accepts nothing more, closes idle connections, and resolves once the others have had the answers
   * to what they asked; after `deadlineMs` they are closed as they stand.
   */
  async close(deadlineMs: number): Promise<void> {
    this.#stopListening();
    for (const connection of this.#connections) connection.retire(FIRST_REQUEST_GRACE_MS);
    if (this.#connections.size > 0) await this.#emptied(deadlineMs);
    this.#turnedAway.shut();
  }

  /** Closes everything at once. */
  shut(): void {
    this.#stopListening();
    for (const connection of this.#connections) connection.shut();
    this.#turnedAway.shut();
  }

  forget(connection: Connection): void {
    this.#connections.delete(connection);
    this.#timeouts.delete(connection);
    if (this.#connections.size === 0) this.#onEmpty?.();
  }

  accept(socket: Socket, listener: Listener): void {
    const { size } = this.#connections;
    const { connectionLimit } = this.options;
    if (this.#descriptors.areSpentBy(socket, size)) {
      this.emit({ type: "descriptors-spent", limit: this.#descriptors.limit });
    }
    if (size >= connectionLimit) {
      this.emit({ type: "connection-refused", limit: connectionLimit });
      this.#turnedAway.add(socket);
      return;
    }
    const connection = new Connection(socket, peerOf(socket, listener.port), this);
    this.#connections.add(connection);
    this.#timeouts.add(connection);
  }

  failed(error: Error, address: BoundAddress): void {
    this.emit({ type: "accept-failed", address, error });
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

function peerOf(socket: Socket, localPort: number | undefined): Peer {
  const { remoteAddress = "127.0.0.1", remotePort } = socket;
  return {
    scheme: "http",
    remoteAddress: remoteAddress.startsWith("::ffff:") ? remoteAddress.slice(7) : remoteAddress,
    remotePort,
    localPort,
  };
}
