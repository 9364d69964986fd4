import type { Call, Engine, Worker, WorkerListener } from "../../pool/index.ts";
import { Connections } from "../connections.ts";
import type { Failure } from "../failure.ts";
import type { Host } from "../host.ts";
import { loadErrorOf } from "../load-error.ts";
import type { NativeOptions } from "../options.ts";
import { tellFailure } from "./app-failure.ts";
import { Sweeper } from "./sweeper.ts";
import { NativeWorker, type WorkerHost } from "./worker.ts";

/**
 * The app runs in one Ruby process that was there before us. From here it is neither started nor ended: to end the
 * worker is to hang up on it.
 */
export class AdoptedEngine implements Engine, WorkerHost {
  readonly name = "adopted";
  readonly threads: number;
  readonly memoryBytesOf: NativeOptions["memoryBytesOf"];
  readonly #options: NativeOptions;
  readonly #host: Host;
  readonly #connections: Connections;
  readonly #sweeper: Sweeper;
  #worker: NativeWorker | undefined;

  /** Listens for the worker, who has not been told yet. */
  constructor(options: NativeOptions, host: Host) {
    this.#options = options;
    this.#host = host;
    this.threads = options.threads;
    this.memoryBytesOf = options.memoryBytesOf;
    this.#connections = new Connections(options.folderPrefix, (hello, socket, rest) => {
      if (this.#worker) this.#worker.connect(hello, socket, rest);
      else socket.destroy();
    });
    this.#sweeper = new Sweeper(this.#connections.folder);
  }

  /** Adopts the process. There is no second one: a later worker is gone at once. */
  start(number: number, generation: number, listener: WorkerListener): Worker {
    const worker = new NativeWorker(number, generation, this, listener);
    if (this.#worker === undefined) this.#adopt(worker);
    else setImmediate(() => worker.depart("there is one process, and it has left"));
    return worker;
  }

  renew(): Promise<void> {
    return Promise.reject(
      new Error(
        `The app is an object of process ${this.#host.pid}, which cannot load it anew. Start that process anew.`,
      ),
    );
  }

  /** Where temporary files may be put: it is removed when the engine closes, and when the front dies. */
  get folder(): string {
    return this.#connections.folder;
  }

  /** Makes the folder that user's. */
  giveTo(uid: number, gid: number): void {
    this.#connections.giveTo(uid, gid);
  }

  /** The log is the process's own business. */
  reopen(): void {}

  async close(): Promise<void> {
    this.#worker?.kill();
    this.#connections.close();
    this.#sweeper.close();
  }

  failed(worker: NativeWorker, call: Call, fields: readonly string[], isCut: boolean): void {
    tellFailure(this.#options, worker, call, fields, isCut);
  }

  ready(_worker: NativeWorker, [ruby = "", rack = ""]: readonly string[]): void {
    this.#options.emit({ type: "ruby-known", ruby, rack });
  }

  loadFailed(failure: Failure): string {
    return loadErrorOf(failure, this.#options);
  }

  lineClosed(worker: NativeWorker): void {
    worker.depart("it has left");
  }

  cancel(worker: NativeWorker): void {
    worker.depart("it is not wanted any more");
  }

  end(worker: NativeWorker): void {
    worker.depart("it is not wanted any more");
  }

  #adopt(worker: NativeWorker): void {
    this.#worker = worker;
    // It has no process to watch; it removes the folder.
    this.#sweeper.start();
    worker.identify(this.#host.pid);
    this.#host.adopt({
      socket: this.#connections.path,
      number: worker.number,
      generation: worker.generation,
      threads: this.threads,
      workers: 1,
      early_hints: this.#options.earlyHints,
      imitate: this.#options.imitate ?? "",
      reactor: this.#options.reactor,
    });
  }
}
