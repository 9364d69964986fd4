import { createServer, type Server, type Socket } from "node:net";

/** What a host needs to know of its lines. */
export interface LineHostOptions {
  /** Whoever sends a longer line is not a command of ours, and is not heard further. */
  readonly limitBytes: number;
  /** The line that answers a line. */
  readonly answer: (line: string) => Promise<string>;
  /** How long somebody may take to send a line, and then to take the answer. What is done in between may take long. */
  readonly patienceMs?: number;
}

const PATIENCE_MS = 10_000;
/** What the kernel takes in `sun_path`, without the NUL. */
const PATH_LIMIT_BYTES = 107;

/** Answers lines on a UNIX socket, one a connection. Only its folder protects it: that must be private to the user. */
export class LineHost {
  /** Resolves once it listens; rejects when the socket cannot be had. */
  readonly listening: Promise<void>;
  readonly #server: Server;
  readonly #options: LineHostOptions;
  readonly #sockets = new Set<Socket>();

  constructor(path: string, options: LineHostOptions) {
    this.#options = options;
    this.#server = createServer((socket) => this.#hear(socket));
    this.listening = new Promise((resolve, reject) => {
      this.#server.on("error", reject).on("listening", resolve);
      // Node would cut the name off, and listen where nobody looks.
      if (Buffer.byteLength(path) > PATH_LIMIT_BYTES) reject(tooLong(path));
      else this.#server.listen(path);
    });
  }

  /** It keeps nobody alive: who has nothing else to do may end. */
  unref(): this {
    this.#server.unref();
    return this;
  }

  /** Listens no more, and removes the socket. Who waits for an answer sees the connection close. */
  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #hear(socket: Socket): void {
    const { limitBytes, patienceMs = PATIENCE_MS } = this.#options;
    let text = "";
    const drop = (): void => void socket.destroy();
    let timer = setTimeout(drop, patienceMs).unref();
    this.#sockets.add(socket);
    socket.on("close", () => {
      clearTimeout(timer);
      this.#sockets.delete(socket);
    });
    socket.on("error", () => socket.destroy());
    socket.setEncoding("utf8");
    const listen = (chunk: string): void => {
      text += chunk;
      const end = text.indexOf("\n");
      if (end < 0 && text.length < limitBytes) return;
      socket.off("data", listen);
      clearTimeout(timer);
      void this.#options.answer(text.slice(0, end)).then((answer) => {
        if (socket.destroyed) return;
        socket.end(`${answer}\n`);
        timer = setTimeout(drop, patienceMs).unref();
      }, drop);
    };
    socket.on("data", listen);
  }
}

function tooLong(path: string): Error {
  return new Error(
    `The path ${path} is too long for a socket: more than ${PATH_LIMIT_BYTES} bytes. Choose a shorter folder.`,
  );
}
