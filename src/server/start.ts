import { join } from "node:path";
import { CONTROL_SOCKET, ControlHost } from "../control/index.ts";
import { type Address, type BoundAddress, Front, formatAddress } from "../http/index.ts";
import { type Deferred, deferred, systemClock } from "../kit/index.ts";
import { Pool } from "../pool/index.ts";
import { AdoptedEngine, FRAMED_BODY_LIMIT_BYTES, NativeEngine } from "../rack/index.ts";
import { become, type Identity } from "../unix/index.ts";
import { type ServerFigures, withMemory } from "./figures.ts";
import { nativeOptions } from "./native-options.ts";
import type { ServerOptions } from "./options.ts";
import type { Server, ServerEmit, StartServer } from "./server.ts";

/**
 * Loads the app, then listens: who can connect is answered by an app that is there. That the addresses are
 * free is tried before, because loading may take long. Where privileges are given up it is the other way round, as
 * only who has them may bind some addresses; who connects while the app loads waits for it.
 */
export const startServer: StartServer = async (options, emit, signal, between) => {
  const startedAtMs = systemClock.nowMs();
  const { identity } = options;
  if (identity === undefined) await tryAddresses(options);
  const engine = engineFor(options, emit);
  const pool = new Pool(engine, options.pool, emit);
  const memoryBytes = Math.min(options.http.bodyMemoryLimitBytes, FRAMED_BODY_LIMIT_BYTES);
  const http = {
    ...options.http,
    temporaryFolder: engine.folder,
    bodyMemoryLimitBytes: memoryBytes,
  };
  const figures = (): Promise<ServerFigures> =>
    withMemory({
      ...pool.figures(),
      uptimeMs: systemClock.nowMs() - startedAtMs,
      connections: front.connectionCount,
      connectionLimit: http.connectionLimit,
    });
  const handler = between === undefined ? pool.handle : between(pool.handle, figures);
  const front: Front = new Front(handler, http, systemClock, emit);
  const giveUp = () => void pool.halt();
  signal.addEventListener("abort", giveUp, { once: true });
  try {
    const early = identity && (await listen(front, options.listen));
    if (identity) dropPrivileges(identity, engine, emit);
    // Who gave up before anybody listened for it is heard, too.
    signal.throwIfAborted();
    await pool.start();
    signal.removeEventListener("abort", giveUp);
    const addresses = early ?? (await listen(front, options.listen));
    const scheme = http.tls === undefined ? "http" : "https";
    const bootMs = systemClock.nowMs() - startedAtMs;
    emit({ type: "server-listening", addresses, scheme, bootMs });
    return new RunningServer(front, pool, engine, addresses, options, emit);
  } catch (error) {
    front.shut();
    await pool.halt();
    throw error;
  }
};

type RubyEngine = NativeEngine | AdoptedEngine;

function engineFor(options: ServerOptions, emit: ServerEmit): RubyEngine {
  const native = nativeOptions(options, emit);
  return options.host ? new AdoptedEngine(native, options.host) : new NativeEngine(native);
}

/** Thin goes on where it may not change who it is, and says so. */
function dropPrivileges(identity: Identity, engine: RubyEngine, emit: ServerEmit): void {
  const { user, group, uid, gid } = identity;
  emit({ type: "privileges-changing", user, group });
  try {
    engine.giveTo(uid, gid);
    become(identity, process.env);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === "EPERM" ? "Operation not permitted" : message;
    emit({ type: "privileges-kept", user, group, reason });
  }
}

/** For the `at_exit` of workers, when the requests have taken all the time there was. */
const LAST_GRACE_MS = 1_000;

class RunningServer implements Server {
  readonly addresses: readonly string[];
  readonly #front: Front;
  readonly #pool: Pool;
  readonly #engine: RubyEngine;
  readonly #options: ServerOptions;
  readonly #emit: ServerEmit;
  readonly #control: ControlHost;
  readonly #done: Deferred<number> = deferred();
  readonly #startedAtMs = systemClock.nowMs();
  #hasEnded = false;
  #ending: "none" | "stop" | "halt" = "none";

  constructor(
    front: Front,
    pool: Pool,
    engine: RubyEngine,
    addresses: readonly string[],
    options: ServerOptions,
    emit: ServerEmit,
  ) {
    this.addresses = addresses;
    this.#front = front;
    this.#pool = pool;
    this.#engine = engine;
    this.#options = options;
    this.#emit = emit;
    this.#control = new ControlHost(join(engine.folder, CONTROL_SOCKET), () => this.restart());
  }

  get done(): Promise<number> {
    return this.#done.promise;
  }

  async stop(): Promise<void> {
    if (this.#ending === "none") {
      this.#ending = "stop";
      this.#control.close();
      const deadlineMs = this.#options.stopTimeoutMs;
      this.#emit({ type: "server-stopping", deadlineMs, connections: this.#front.connectionCount });
      const endsAtMs = systemClock.nowMs() + deadlineMs;
      await this.#front.close(deadlineMs);
      await this.#pool.stop(Math.max(LAST_GRACE_MS, endsAtMs - systemClock.nowMs()));
      this.#ended();
    }
    await this.done;
  }

  async halt(): Promise<void> {
    if (this.#ending !== "halt") {
      this.#ending = "halt";
      this.#control.close();
      const connections = this.#front.connectionCount;
      this.#emit({ type: "server-stopping", deadlineMs: undefined, connections });
      this.#front.shut();
      await this.#pool.halt();
      this.#ended();
    }
    await this.done;
  }

  async restart(): Promise<unknown> {
    const tlsError = this.#front.renewTls();
    await this.#pool.restart();
    return tlsError;
  }

  resize(by: number): void {
    this.#pool.resize(this.#pool.size + by);
  }

  reopen(path: string): void {
    this.#engine.reopen(path);
  }

  #ended(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#emit({ type: "server-stopped", uptimeMs: systemClock.nowMs() - this.#startedAtMs });
    this.#done.resolve(0);
  }
}

/** Raises ListenError when one of the addresses cannot be bound, TlsError when there can be no TLS. */
async function tryAddresses({ listen: addresses, http }: ServerOptions): Promise<void> {
  const front = new Front(
    (_, reply) => reply.fail(503),
    http,
    systemClock,
    () => {},
  );
  await front.try(addresses);
}

async function listen(front: Front, addresses: readonly Address[]): Promise<string[]> {
  const bound: BoundAddress[] = [];
  for (const address of addresses) bound.push(await front.listen(address));
  return bound.map(formatAddress);
}
