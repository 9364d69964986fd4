import { createServer, type ListenOptions, type Server, type Socket } from "node:net";
import { type Address, type BoundAddress, formatAddress } from "./address.ts";
import { ListenError } from "./errors.ts";
import { UnixPath } from "./unix-path.ts";

/** One socket that accepts connections. */
export class Listener {
  private readonly wanted: Address;
  private readonly server: Server;
  private readonly unixPath: UnixPath | undefined;
  private bound: BoundAddress | undefined = undefined;

  constructor(wanted: Address, accept: (socket: Socket, listener: Listener) => void) {
    this.wanted = wanted;
    this.unixPath = wanted.kind === "unix" ? new UnixPath(wanted.path) : undefined;
    this.server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) =>
      accept(socket, this),
    );
  }

  /** The port, undefined for a UNIX socket. */
  get port(): number | undefined {
    return this.bound?.kind === "tcp" ? this.bound.port : undefined;
  }

  /** Binds; resolves with the address that it got. */
  async open(backlog: number): Promise<BoundAddress> {
    try {
      await this.unixPath?.check();
      await this.listen(backlog);
      if (this.wanted.kind === "unix") this.unixPath?.take(this.wanted.mode);
    } catch (error) {
      this.server.close();
      throw explained(this.wanted, error);
    }
    this.bound = this.boundAddress();
    return this.bound;
  }

  /** Accepts nothing more; the connections it accepted go on. */
  close(): void {
    if (this.bound === undefined) return;
    this.bound = undefined;
    this.server.close();
    this.unixPath?.release();
  }

  private listen(backlog: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server.once("error", reject);
      this.server.listen(this.listenOptions(backlog), () => {
        this.server.off("error", reject);
        resolve();
      });
    });
  }

  private listenOptions(backlog: number): ListenOptions & { fd?: number } {
    const { wanted } = this;
    if (wanted.kind === "fd") return { fd: wanted.fd, backlog };
    if (wanted.kind === "unix") return { path: this.unixPath?.draft ?? wanted.path, backlog };
    return {
      port: wanted.port,
      backlog,
      ...(wanted.host === undefined ? {} : { host: wanted.host }),
    };
  }

  private boundAddress(): BoundAddress {
    if (this.wanted.kind === "unix") return { kind: "unix", path: this.wanted.path };
    const address = this.server.address();
    if (address === null || typeof address === "string")
      return { kind: "unix", path: address ?? "" };
    return { kind: "tcp", host: address.address, port: address.port };
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
