import type { ChildProcess } from "node:child_process";
import type { Socket } from "node:net";
import { type Failure, failureOf } from "../failure.ts";
import type { Control } from "../frames.ts";
import { ControlLine } from "./control-line.ts";
import { killGroup } from "./kill-group.ts";
import type { NativeWorker } from "./worker.ts";

const FORK_MS = 10_000;

/** What a mold tells the engine. */
export interface MoldListener {
  /** The app did not load; returns why, as whoever waits for it is told. */
  loadFailed(failure: Failure): string;
  moldReady(mold: Mold): void;
  forked(pid: number): void;
  childExited(pid: number): void;
  moldGone(mold: Mold, reason: string): void;
}

/** A Ruby process that has loaded the app and forks workers, seen from the front. */
export class Mold {
  readonly generation: number;
  readonly child: ChildProcess;
  readonly #listener: MoldListener;
  /** Workers that wait for it to be ready, then those that it has forked. */
  readonly #waiting: NativeWorker[] = [];
  readonly #children: NativeWorker[] = [];
  #line: ControlLine | undefined;
  #state: "loading" | "ready" | "gone" = "loading";
  #loadError: string | undefined;

  constructor(generation: number, child: ChildProcess, listener: MoldListener) {
    this.generation = generation;
    this.child = child;
    this.#listener = listener;
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  get isLoading(): boolean {
    return this.#state === "loading";
  }

  /** The app does not load, and this is why. */
  refuse(reason: string): void {
    this.#loadError = reason;
    if (this.pid !== undefined) killGroup(this.pid);
  }

  /** Why its app did not load. */
  get loadError(): string | undefined {
    return this.#loadError;
  }

  /** Its control line. */
  connect(socket: Socket, rest: Buffer): void {
    this.#line = new ControlLine(
      socket,
      (frame) => this.#hear(frame),
      () => undefined,
    );
    this.#line.take(rest);
  }

  /** What its threads are doing; "" when it does not say so in time. */
  async inspect(timeoutMs: number): Promise<string> {
    return (await this.#line?.inspect(timeoutMs)) ?? "";
  }

  /** Forks a worker, as soon as it can. */
  fork(worker: NativeWorker): void {
    if (this.#state !== "ready") {
      this.#waiting.push(worker);
      return;
    }
    this.#children.push(worker);
    this.#line?.tell({ type: "fork", fields: [String(worker.number)] });
    setTimeout(() => this.#doubt(worker), FORK_MS).unref();
  }

  /** Does this worker come from here? */
  has(worker: NativeWorker): boolean {
    return this.#children.includes(worker) || this.#waiting.includes(worker);
  }

  /** Does not fork this worker after all; false when it is too late for that. */
  drop(worker: NativeWorker): boolean {
    const at = this.#waiting.indexOf(worker);
    if (at >= 0) this.#waiting.splice(at, 1);
    return at >= 0;
  }

  /** Lets it leave when its last worker has. */
  retire(): void {
    this.#line?.tell({ type: "retire" });
  }

  /** Opens its logs anew. */
  reopen(path: string): void {
    this.#line?.tell({ type: "reopen", fields: [path] });
  }

  /** The process has ended. Workers that it forked live on; the others cannot come any more. */
  depart(reason: string): void {
    if (this.#state === "gone") return;
    // What an app had started that did not load is nobody's.
    if (this.isLoading && this.pid !== undefined) killGroup(this.pid);
    this.#state = "gone";
    const orphans = this.#children.filter(({ pid, isCutOff }) => pid === undefined || isCutOff);
    for (const worker of [...this.#waiting, ...orphans]) {
      if (this.#loadError !== undefined) worker.setLoadError(this.#loadError);
      worker.depart(`could not be started: its mold ended (${reason})`);
    }
    this.#listener.moldGone(this, reason);
  }

  #hear(frame: Control): void {
    if (frame.type === "ready") {
      this.#state = "ready";
      this.#listener.moldReady(this);
      for (const worker of this.#waiting.splice(0)) this.fork(worker);
    } else if (frame.type === "loadFailed") {
      this.#loadError = this.#listener.loadFailed(failureOf(frame.fields));
    } else if (frame.type === "forked") {
      this.#forked(Number(frame.fields[0]), Number(frame.fields[1]));
    } else if (frame.type === "exited") {
      this.#exited(Number(frame.fields[1]), frame.fields[2] ?? "");
    }
  }

  /** A fork takes milliseconds. A mold that has not managed one in all this time never will, nor will a mute child. */
  #doubt(worker: NativeWorker): void {
    if (worker.isInTouch || !this.#children.includes(worker)) return;
    if (worker.pid === undefined) this.child.kill("SIGKILL");
    else worker.kill();
  }

  #forked(number: number, pid: number): void {
    const isIt = (one: NativeWorker): boolean =>
      one.number === number && (one.pid === pid || one.pid === undefined);
    this.#listener.forked(pid);
    this.#children.find(isIt)?.identify(pid);
  }

  #exited(pid: number, reason: string): void {
    this.#listener.childExited(pid);
    const at = this.#children.findIndex((one) => one.pid === pid);
    if (at >= 0) this.#children.splice(at, 1)[0]?.depart(reason);
  }
}
