import { createServer, type ListenOptions, type Server, type Socket } from "node:net";
import { type Address, type BoundAddress, formatAddress } from "./address.ts";
import { ListenError } from "./errors.ts";
import { UnixPath } from "./unix-path.ts";

/** Who gets the connections. */
export interface ListenerEvents {
  accept(socket: Socket, from: Listener): void;
  /** Connections cannot be accepted; said once until one can. The listener goes on. */
  failed(error: Error, from: BoundAddress): void;
}

/** One socket that accepts connections. */
export class Listener {
  readonly #wanted: Address;
  readonly #events: ListenerEvents;
  readonly #server: Server;
  readonly #unixPath: UnixPath | undefined;
  #isFailing = false;
  #bound: BoundAddress | undefined = undefined;

  constructor(wanted: Address, events: ListenerEvents) {
    this.#wanted = wanted;
    this.#events = events;
    this.#unixPath = wanted.kind === "unix" ? new UnixPath(wanted.path) : undefined;
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) =>
      this.#accepted(socket),
    );
  }

  /** The port, undefined for a UNIX socket. */
  get port(): number | undefined {
    return this.#bound?.kind === "tcp" ? this.#bound.port : undefined;
  }

  /** Binds; resolves with the address that it got. */
  async open(backlog: number): Promise<BoundAddress> {
    await this.#orClose(async () => {
      await this.#bind(backlog);
      if (this.#wanted.kind === "unix") this.#unixPath?.take(this.#wanted.mode);
    });
    const bound = this.#boundAddress();
    this.#bound = bound;
    this.#server.on("error", (error) => this.#failed(error, bound));
    return bound;
  }

  /** Takes the address, but a UNIX socket stays out of sight. */
  async bind(backlog: number): Promise<void> {
    await this.#orClose(() => this.#bind(backlog));
  }

  /** Gives up what was bound and not opened. */
  letGo(): void {
    this.#server.close();
  }

  /** Accepts nothing more; the connections it accepted go on. */
  close(): void {
    if (this.#bound === undefined) return;
    this.#bound = undefined;
    this.#server.close();
    this.#unixPath?.release();
  }

  async #orClose(steps: () => Promise<void>): Promise<void> {
    try {
      await steps();
    } catch (error) {
      this.#server.close();
      throw explained(this.#wanted, error);
    }
  }

  async #bind(backlog: number): Promise<void> {
    await this.#unixPath?.check();
    await this.#listen(backlog);
  }

  #accepted(socket: Socket): void {
    this.#isFailing = false;
    this.#events.accept(socket, this);
  }

  #failed(error: Error, from: BoundAddress): void {
    if (this.#isFailing) return;
    this.#isFailing = true;
    this.#events.failed(error, from);
  }

  #listen(backlog: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(this.#listenOptions(backlog), () => {
        this.#server.off("error", reject);
        resolve();
      });
    });
  }

  #listenOptions(backlog: number): ListenOptions & { fd?: number } {
    const wanted = this.#wanted;
    if (wanted.kind === "fd") return { fd: wanted.fd, backlog };
    if (wanted.kind === "unix") return { path: this.#unixPath?.draft ?? wanted.path, backlog };
    return {
      port: wanted.port,
      backlog,
      ...(wanted.host === undefined ? {} : { host: wanted.host }),
    };
  }

  #boundAddress(): BoundAddress {
    const wanted = this.#wanted;
    if (wanted.kind === "unix") return { kind: "unix", path: wanted.path };
    const address = this.#server.address();
    if (address !== null && typeof address === "object")
      return { kind: "tcp", host: address.address, port: address.port };
    if (wanted.kind === "fd" && !address) return wanted;
    return { kind: "unix", path: address ?? "" };
  }
}

const REASONS: { readonly [code: string]: string } = {
  EADDRINUSE: "another process listens there. Stop it or choose another address",
  EADDRNOTAVAIL: "this machine has no such address",
  EACCES: "permission denied",
  ENOENT: "the folder does not exist",
  ENOTFOUND: "the host name is unknown",
  ERR_SOCKET_BAD_PORT: "ports end at 65535",
  EBADF: "the descriptor is not open",
  EINVAL: "it is not a socket that can be listened on",
};

function explained(address: Address, error: unknown): unknown {
  if (error instanceof ListenError) return error;
  const { code = "", message } = error as NodeJS.ErrnoException;
  return new ListenError(formatAddress(address), REASONS[code] ?? message, error);
}
