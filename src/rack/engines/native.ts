import type { ChildProcess } from "node:child_process";
import type { Socket } from "node:net";
import { LONGEST_TIMER_MS } from "../../kit/index.ts";
import type { Call, Engine, Worker, WorkerListener } from "../../pool/index.ts";
import { Connections, type Hello } from "../connections.ts";
import type { Failure } from "../failure.ts";
import { loadErrorOf, slowLoadOf } from "../load-error.ts";
import type { NativeOptions } from "../options.ts";
import { tellFailure } from "./app-failure.ts";
import { startRuby } from "./command.ts";
import { killGroup } from "./kill-group.ts";
import { Mold, type MoldListener } from "./mold.ts";
import { Sweeper } from "./sweeper.ts";
import { NativeWorker, type WorkerHost } from "./worker.ts";

/** How long a mold may take to tell how a worker ended. */
const NEWS_MS = 1_000;
/** How long Ruby has to say where it is. */
const INSPECT_MS = 1_000;

/** Runs the app in Ruby processes: each loads it by itself, or a mold loads it once and forks them. */
export class NativeEngine implements Engine, WorkerHost, MoldListener {
  readonly name = "native";
  readonly threads: number;
  readonly memoryBytesOf: NativeOptions["memoryBytesOf"];
  readonly #options: NativeOptions;
  readonly #connections: Connections;
  readonly #sweeper: Sweeper;
  readonly #workers = new Set<NativeWorker>();
  readonly #molds = new Set<Mold>();
  readonly #renewals = new Map<Mold, { resolve: () => void; reject: (error: Error) => void }>();
  #hasSaidRuby = false;

  /** Listens for workers; none is started yet. */
  constructor(options: NativeOptions) {
    this.#options = options;
    this.threads = options.threads;
    this.memoryBytesOf = options.memoryBytesOf;
    this.#connections = new Connections(options.folderPrefix, (hello, socket, rest) =>
      this.#greet(hello, socket, rest),
    );
    this.#sweeper = new Sweeper(this.#connections.folder);
  }

  start(number: number, generation: number, listener: WorkerListener): Worker {
    const worker = new NativeWorker(number, generation, this, this.#forgetting(listener));
    this.#workers.add(worker);
    if (this.#options.preload) this.#moldOf(generation).fork(worker);
    else this.#spawn(worker);
    this.#limitBoot(worker, (reason) => {
      worker.setLoadError(reason);
      worker.kill();
    });
    return worker;
  }

  async renew(generation: number): Promise<void> {
    if (!this.#options.preload) return;
    const older = [...this.#molds];
    const mold = this.#startMold(generation);
    await new Promise<void>((resolve, reject) => this.#renewals.set(mold, { resolve, reject }));
    for (const old of older) old.retire();
  }

  /** Where temporary files may be put: it is removed when the engine closes, and when the front dies. */
  get folder(): string {
    return this.#connections.folder;
  }

  /** Makes the folder that user's; the processes to come are to be theirs, too. */
  giveTo(uid: number, gid: number): void {
    this.#connections.giveTo(uid, gid);
  }

  async close(): Promise<void> {
    const ends = [...this.#children].map(
      (child) =>
        new Promise<void>((resolve) => {
          child.once("exit", () => resolve());
          if (child.pid !== undefined) killGroup(child.pid);
        }),
    );
    for (const worker of this.#workers) worker.kill();
    await Promise.all(ends);
    for (const worker of [...this.#workers]) worker.depart("SIGKILL");
    this.#connections.close();
    this.#sweeper.close();
  }

  /** Has every Ruby process open its stdout and stderr anew, at `path`. */
  reopen(path: string): void {
    for (const mold of this.#molds) mold.reopen(path);
    for (const worker of this.#workers) worker.reopen(path);
  }

  failed(worker: NativeWorker, call: Call, fields: readonly string[], isCut: boolean): void {
    tellFailure(this.#options, worker, call, fields, isCut);
  }

  ready(_worker: NativeWorker, [ruby = "", rack = ""]: readonly string[]): void {
    if (this.#hasSaidRuby) return;
    this.#hasSaidRuby = true;
    this.#options.emit({ type: "ruby-known", ruby, rack });
  }

  loadFailed(failure: Failure): string {
    this.#options.emit({ type: "app-not-loaded", failure });
    return loadErrorOf(failure, this.#options);
  }

  /** Only the mold knows how a worker of its ended; without it, or when it does not say, the closed line has to do. */
  lineClosed(worker: NativeWorker): void {
    const bury = (reason: string): void => {
      if (worker.isGone) return;
      if (worker.pid !== undefined) this.#sweeper.forget(worker.pid);
      worker.kill();
      worker.depart(reason);
    };
    if (!this.#options.preload) return;
    if (![...this.#molds].some((mold) => mold.has(worker))) bury("ended after its mold");
    else setTimeout(() => bury("ended, and its mold does not say how"), NEWS_MS).unref();
  }

  cancel(worker: NativeWorker): void {
    // One that is being forked is ended as soon as its pid is known.
    const isDropped = [...this.#molds].some((mold) => mold.drop(worker));
    if (isDropped) worker.depart("not started any more");
  }

  end(worker: NativeWorker): void {
    if (worker.pid !== undefined) killGroup(worker.pid);
  }

  moldReady(mold: Mold): void {
    const { generation, child } = mold;
    this.#options.emit({ type: "mold-ready", generation, pid: child.pid });
    this.#renewals.get(mold)?.resolve();
    this.#renewals.delete(mold);
  }

  forked(pid: number): void {
    this.#sweeper.watch(pid);
  }

  childExited(pid: number): void {
    this.#sweeper.forget(pid);
  }

  moldGone(mold: Mold, reason: string): void {
    this.#molds.delete(mold);
    this.#options.emit({ type: "mold-gone", generation: mold.generation, reason });
    const why = mold.loadError ?? `the mold ended (${reason})`;
    this.#renewals.get(mold)?.reject(new Error(`The app did not load: ${why}`));
    this.#renewals.delete(mold);
  }

  readonly #children = new Set<ChildProcess>();

  #spawn(worker: NativeWorker): void {
    const { number, generation } = worker;
    const child = this.#run("worker", number, generation, (reason) => worker.depart(reason));
    if (child.pid !== undefined) worker.identify(child.pid);
  }

  #run(
    role: "worker" | "mold",
    number: number,
    generation: number,
    exited: (reason: string) => void,
  ): ChildProcess {
    const socketPath = this.#connections.path;
    const child = startRuby({ role, number, generation, socketPath }, this.#options);
    const pid = child.pid;
    this.#children.add(child);
    if (pid !== undefined) this.#sweeper.watch(pid);
    const ended = (reason: string): void => {
      if (!this.#children.delete(child)) return;
      if (pid !== undefined) this.#sweeper.forget(pid);
      exited(reason);
    };
    child.on("error", (error) => ended(`could not be started: ${error.message}`));
    child.on("exit", (code, signal) => ended(signal ?? `exit ${code}`));
    return child;
  }

  #moldOf(generation: number): Mold {
    for (const mold of this.#molds) {
      if (mold.generation === generation) return mold;
    }
    return this.#startMold(generation);
  }

  #startMold(generation: number): Mold {
    const child = this.#run("mold", 0, generation, (reason) => mold.depart(reason));
    const mold: Mold = new Mold(generation, child, this);
    this.#molds.add(mold);
    this.#limitBoot(mold, (reason) => mold.refuse(reason));
    return mold;
  }

  #greet(hello: Hello, socket: Socket, rest: Buffer): void {
    if (hello.purpose === "mold") {
      const mold = [...this.#molds].find(({ child }) => child.pid === hello.pid);
      if (mold) mold.connect(socket, rest);
      else socket.destroy();
      return;
    }
    const worker = this.#workerOf(hello);
    worker?.identify(hello.pid);
    if (worker) worker.connect(hello, socket, rest);
    else socket.destroy();
  }

  /** By its pid; a forked one may be in touch before its mold has told us the pid. */
  #workerOf({ pid, number, generation }: Hello): NativeWorker | undefined {
    const workers = [...this.#workers];
    const isNew = (one: NativeWorker): boolean =>
      one.pid === undefined && one.number === number && one.generation === generation;
    return workers.find((one) => one.pid === pid) ?? workers.find(isNew);
  }

  #forgetting(listener: WorkerListener): WorkerListener {
    return {
      ready: (worker) => listener.ready(worker),
      returned: (slot, call) => listener.returned(slot, call),
      answered: (slot, call, serviceMicros, idlePart) =>
        listener.answered(slot, call, serviceMicros, idlePart),
      deferred: (slot, call, serviceMicros, idlePart) =>
        listener.deferred(slot, call, serviceMicros, idlePart),
      answeredLater: (slot, call) => listener.answeredLater(slot, call),
      gone: (worker, departure) => {
        this.#workers.delete(worker as NativeWorker);
        listener.gone(worker, departure);
      },
    };
  }

  /** A worker without a process waits for its mold, which has a limit of its own. */
  #limitBoot(one: Mold | NativeWorker, end: (reason: string) => void): void {
    const { bootTimeoutMs } = this.#options;
    if (bootTimeoutMs === 0) return;
    const isTooSlow = (): boolean => one.isLoading && one.pid !== undefined;
    const look = async (): Promise<void> => {
      if (!isTooSlow()) return;
      const backtraces = await one.inspect(INSPECT_MS);
      if (isTooSlow()) end(slowLoadOf(bootTimeoutMs, backtraces));
    };
    setTimeout(() => void look(), Math.min(bootTimeoutMs, LONGEST_TIMER_MS)).unref();
  }
}
