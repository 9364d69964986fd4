import type { Socket } from "node:net";
import type { Call, Slot, Worker, WorkerListener } from "../../pool/index.ts";
import type { Hello } from "../connections.ts";
import { type Failure, failureOf } from "../failure.ts";
import type { Flight } from "../flight.ts";
import type { Control } from "../frames.ts";
import { NativeSlot, type SlotListener } from "../slot.ts";
import { join } from "../tunnel.ts";
import { ControlLine } from "./control-line.ts";
import { next, type WorkerCause, type WorkerState } from "./worker-state.ts";

/** What a worker wants of the engine around it. */
export interface WorkerHost {
  readonly threads: number;
  memoryBytesOf(pid: number): Promise<number | undefined>;
  failed(worker: NativeWorker, call: Call, fields: readonly string[], isCut: boolean): void;
  ready(worker: NativeWorker, fields: readonly string[]): void;
  /** The app did not load; returns why, as whoever waits for it is told. */
  loadFailed(failure: Failure): string;
  /** Its control line has closed; the exit status may never be known (its mold is gone). */
  lineClosed(worker: NativeWorker): void;
  /** It is to end, and has no process yet. */
  cancel(worker: NativeWorker): void;
  /** It is to end at once, with what its app has started. */
  end(worker: NativeWorker): void;
}

/** A Ruby process that runs the app, seen from the front. */
export class NativeWorker implements Worker, SlotListener {
  readonly number: number;
  readonly generation: number;
  pid: number | undefined;
  readonly #host: WorkerHost;
  readonly #listener: WorkerListener;
  readonly #slots: NativeSlot[] = [];
  readonly #taken = new Map<number, Flight>();
  #line: ControlLine | undefined;
  #state: WorkerState = "loading";
  #isKilled = false;
  #isCutOff = false;
  #log: string | undefined;
  #loadError: string | undefined;

  constructor(number: number, generation: number, host: WorkerHost, listener: WorkerListener) {
    this.number = number;
    this.generation = generation;
    this.#host = host;
    this.#listener = listener;
  }

  get slots(): readonly Slot[] {
    return this.#state === "loading" ? [] : this.#slots;
  }

  /** Its control line has closed, so that it is gone, or as good as gone. */
  get isCutOff(): boolean {
    return this.#isCutOff;
  }

  get isGone(): boolean {
    return this.#state === "gone";
  }

  /** It has opened its control line. */
  get isInTouch(): boolean {
    return this.#line !== undefined;
  }

  /** Not yet ready, and not gone. */
  get isLoading(): boolean {
    return this.#state === "loading";
  }

  retire(): void {
    const { isLoading } = this;
    if (this.#move("retire") !== "leaving") return;
    this.#line?.tell({ type: "retire" });
    for (const slot of this.#slots) slot.leave();
    if (isLoading) this.kill();
  }

  kill(): void {
    if (this.#state === "gone") return;
    this.#isKilled = true;
    if (this.pid === undefined) this.#host.cancel(this);
    else this.#host.end(this);
  }

  /** Opens its logs anew. */
  reopen(path: string): void {
    this.#log = path;
    this.#line?.tell({ type: "reopen", fields: [path] });
  }

  async inspect(timeoutMs: number): Promise<string> {
    return (await this.#line?.inspect(timeoutMs)) ?? "";
  }

  async memoryBytes(): Promise<number | undefined> {
    return this.pid === undefined ? undefined : await this.#host.memoryBytesOf(this.pid);
  }

  /** The process is known by its pid from now on. */
  identify(pid: number): void {
    this.pid ??= pid;
    if (this.#isKilled) this.kill();
  }

  /** A connection of this worker's has introduced itself. */
  connect(hello: Hello, socket: Socket, rest: Buffer): void {
    if (this.#state === "gone") socket.destroy();
    else if (hello.purpose === "control") {
      const closed = (): void => {
        this.#isCutOff = true;
        this.#host.lineClosed(this);
      };
      this.#line = new ControlLine(socket, (frame) => this.#hear(frame), closed);
      if (this.#log !== undefined) this.reopen(this.#log);
      this.#line.take(rest);
    } else {
      this.#openTunnel(hello.detail, socket, rest);
    }
  }

  /** The process has ended. */
  depart(reason: string): void {
    if (this.#state === "gone") return;
    const hasRetired = this.#state === "leaving";
    this.#move("exited");
    // What the app had started is left behind by a worker that died.
    if (!hasRetired) this.#host.end(this);
    this.#line?.close();
    const flights = this.#slots.flatMap((slot) => [...slot.abandon()]);
    for (const { call } of this.#taken.values()) call.reply.cut();
    this.#listener.gone(this, {
      reason,
      begun: flights.filter((flight) => flight.isSent).map(callOf),
      unseen: flights.filter((flight) => !flight.isSent).map(callOf),
      loadError: this.#loadError,
    });
  }

  /** The app did not load: said by the worker, or by the mold that was to fork it. */
  setLoadError(message: string): void {
    this.#loadError = message;
  }

  answered(slot: NativeSlot, call: Call, serviceMicros: number, idlePart?: number): void {
    this.#listener.answered(slot, call, serviceMicros, idlePart);
  }

  deferred(slot: NativeSlot, call: Call, serviceMicros: number, idlePart?: number): void {
    this.#listener.deferred(slot, call, serviceMicros, idlePart);
  }

  answeredLater(slot: NativeSlot, call: Call): void {
    this.#listener.answeredLater(slot, call);
  }

  recall({ index }: NativeSlot): void {
    this.#line?.tell({ type: "recall", fields: [String(index)] });
  }

  returned(slot: NativeSlot, call: Call): void {
    this.#listener.returned(slot, call);
  }

  taken(flight: Flight): void {
    // A tunnel that came first has it already.
    if (!this.#tunnelled.delete(flight.id)) this.#taken.set(flight.id, flight);
  }

  failed(call: Call, fields: readonly string[], isCut: boolean): void {
    this.#host.failed(this, call, fields, isCut);
  }

  closed(slot: NativeSlot): void {
    if (this.#state === "gone" || (this.#state === "leaving" && slot.isEmpty)) return;
    // A thread of it has ended, and what it was doing will never be answered.
    this.kill();
  }

  readonly #tunnelled = new Set<number>();

  /** The worker opens the tunnel before it says TAKEN, but the two come by different sockets. */
  #openTunnel(id: number, socket: Socket, rest: Buffer): void {
    const parked = this.#taken.get(id);
    // Answers to the requests before it may still be on their way: it need not be the first.
    const [found] = this.#slots.flatMap((slot) => slot.flightOf(id) ?? []);
    const flight = parked ?? found;
    if (flight === undefined) {
      socket.destroy();
      return;
    }
    if (!this.#taken.delete(id)) this.#tunnelled.add(id);
    join(socket, flight.call.reply, rest);
  }

  #hear(frame: Control): void {
    if (frame.type === "listening") {
      this.#openSlots(frame.fields[0] ?? "");
    } else if (frame.type === "ready") {
      this.#beReady(frame.fields);
    } else if (frame.type === "loadFailed") {
      this.setLoadError(this.#host.loadFailed(failureOf(frame.fields)));
    } else if (frame.type === "recalled") {
      const [index, ...ids] = frame.fields.map(Number);
      this.#slots.find((slot) => slot.index === index)?.recalled(ids);
    }
  }

  #openSlots(path: string): void {
    if (this.#state !== "loading" || this.#slots.length > 0) return;
    for (let index = 0; index < this.#host.threads; index += 1) {
      this.#slots.push(new NativeSlot(this, index, path, this));
    }
  }

  /** It has taken its slots before it says so. */
  #beReady(fields: readonly string[]): void {
    if (this.#move("ready") !== "ready") return;
    this.#host.ready(this, fields);
    this.#listener.ready(this);
  }

  #move(cause: WorkerCause): WorkerState {
    this.#state = next(this.#state, cause);
    return this.#state;
  }
}

function callOf(flight: Flight): Call {
  return flight.call;
}
