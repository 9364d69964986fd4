import { connect, type Socket } from "node:net";
import type { Reply, RequestBody } from "../message/index.ts";
import type { Call, Slot, Worker } from "../pool/index.ts";
import { headText } from "./env.ts";
import { type Flight, launch } from "./flight.ts";
import { encode, FRAME, type ToSlot } from "./frames.ts";
import { Inbox } from "./inbox.ts";
import { Outbox } from "./outbox.ts";
import { ReadMemory } from "./read-memory.ts";
import { receive, watchClient } from "./response.ts";
import { feeder } from "./upload.ts";

/** What a slot tells its worker. */
export interface SlotListener {
  /** What waits behind the call that this slot is at is wanted back. */
  recall(slot: NativeSlot): void;
  /** A call is off the slot, with the time that it took in the app, and the part of it that the app waited. */
  answered(slot: NativeSlot, call: Call, serviceMicros: number, idlePart?: number): void;
  /** A call is off the slot, as `answered`, but its answer comes later. */
  deferred(slot: NativeSlot, call: Call, serviceMicros: number, idlePart?: number): void;
  /** The answer to a deferred call is complete. */
  answeredLater(slot: NativeSlot, call: Call): void;
  /** A call that the slot was given and has not begun is off it again. */
  returned(slot: NativeSlot, call: Call): void;
  /** The app took the connection over; the tunnel comes by another way, before or after this. */
  taken(flight: Flight): void;
  /** The app raised: before the head of a response, or (`isCut`) in the middle of its body. */
  failed(call: Call, fields: readonly string[], isCut: boolean): void;
  closed(slot: NativeSlot): void;
}

/** One thread of a worker, seen from the front: frames out, frames in, first come first answered. */
export class NativeSlot implements Slot {
  readonly worker: Worker;
  /** Its place in the worker, from 0. */
  readonly index: number;
  readonly #socket: Socket;
  readonly #listener: SlotListener;
  readonly #outbox: Outbox;
  readonly #memory = new ReadMemory();
  readonly #flights: Flight[] = [];
  /** Calls that are off the slot, and not answered. */
  readonly #deferred = new Map<number, Flight>();
  #isLeaving = false;
  /** Recalls that the worker has not answered. */
  #recalls = 0;
  #isGivenUp = false;

  /** Connects to the path where the worker takes its slots. */
  constructor(worker: Worker, index: number, path: string, listener: SlotListener) {
    this.worker = worker;
    this.index = index;
    this.#listener = listener;
    const inbox = new Inbox((type, id, bytes, start, end) =>
      this.#hear(type, id, bytes, start, end),
    );
    const hear = (byteCount: number, bytes: Uint8Array): true => {
      inbox.push((bytes as Buffer).subarray(0, byteCount));
      return true;
    };
    const onread = { buffer: () => this.#memory.next(), callback: hear };
    const socket = connect({ path, allowHalfOpen: true, onread });
    this.#socket = socket;
    this.#outbox = new Outbox(socket, () => this.#markSent());
    socket.on("end", () => socket.end());
    // A reset tells no more than the close that follows it.
    socket.on("error", () => socket.destroy());
    socket.on("close", () => listener.closed(this));
  }

  /** What was read from `start` to `end`, for `reply` to send. */
  lend(reply: Reply, bytes: Buffer, start: number, end: number): Buffer {
    return this.#memory.lend(reply, bytes, start, end);
  }

  /** Whether the worker owes it no answer. */
  get isEmpty(): boolean {
    return this.#flights.length === 0 && this.#deferred.size === 0;
  }

  /** The call of that id that the worker has not answered. */
  flightOf(id: number): Flight | undefined {
    return this.#deferred.get(id) ?? this.#flights.find((flight) => flight.id === id);
  }

  /** Whether that call is not answered. */
  isAt(flight: Flight): boolean {
    return this.#flights.includes(flight) || this.#deferred.has(flight.id);
  }

  get current(): Call | undefined {
    return this.#flights[0]?.call;
  }

  get awaitsClient(): boolean {
    return this.#flights[0]?.awaitsClient === true;
  }

  giveUp(): void {
    this.#isGivenUp = true;
    for (const flight of this.#flights.slice(1)) flight.isSent = false;
  }

  send(call: Call): void {
    const flight = launch(call);
    this.#flights.push(flight);
    const head = headText(call.request);
    const body = call.request.body;
    if (body.kind === "none") this.#outbox.request(flight.id, head);
    else this.#sendWithBody(flight, head, body);
  }

  #sendWithBody(flight: Flight, head: string, body: RequestBody): void {
    const id = flight.id;
    if (body.kind === "bytes") this.tell({ type: "requestBytes", id, head, body: body.bytes });
    if (body.kind === "file") this.tell({ type: "requestFile", id, head, path: body.path });
    if (body.kind !== "stream") return;
    this.tell({ type: "requestStream", id, head });
    feeder(this, flight, body.chunks);
  }

  recall(): void {
    this.#recalls += 1;
    this.#listener.recall(this);
  }

  /** The worker has answered a recall: these come back. */
  recalled(ids: readonly number[]): void {
    this.#recalls -= 1;
    for (const id of ids) this.#takeBack(id);
  }

  /** Puts a frame in line. */
  tell(frame: ToSlot): void {
    if (this.#socket.destroyed) return;
    for (const bytes of encode(frame)) this.#outbox.bytes(bytes);
  }

  /** Finishes what is on it, and hangs up: the thread ends with that. */
  leave(): void {
    this.#isLeaving = true;
    if (this.isEmpty) this.#socket.end();
  }

  /** Forgets its calls and hangs up: the process is gone. */
  abandon(): readonly Flight[] {
    this.#outbox.clear();
    this.#socket.destroy();
    const flights = [...this.#deferred.values(), ...this.#flights.splice(0)];
    this.#deferred.clear();
    for (const flight of flights) flight.stop?.();
    return flights;
  }

  /** A call is answered. `idle`: as docs/PROTOCOL.md has it. */
  settle(flight: Flight, serviceMicros: number, idle: number): void {
    if (flight.isDeferred) this.#deferred.delete(flight.id);
    else this.#takeOff(flight);
    flight.stop?.();
    if (this.#isLeaving && this.isEmpty) this.#socket.end();
    const { call, isDeferred } = flight;
    if (isDeferred) this.#listener.answeredLater(this, call);
    else if (call.reply.hasRoom) this.#free(call, serviceMicros, idle);
    // Who gets no more work makes no more answers that nobody takes.
    else call.reply.whenRoom(() => this.#free(call, serviceMicros, idle));
  }

  #free(call: Call, serviceMicros: number, idle: number): void {
    this.#listener.answered(this, call, serviceMicros, partOf(idle));
  }

  /** The app answers a call later: the slot is free for the next. One that is answered meanwhile is no matter. */
  #defer(flight: Flight | undefined, serviceMicros: number, idle: number): void {
    if (flight === undefined || flight.isDeferred) return;
    this.#takeOff(flight);
    flight.isDeferred = true;
    this.#deferred.set(flight.id, flight);
    watchClient(this, flight);
    this.#listener.deferred(this, flight.call, serviceMicros, partOf(idle));
  }

  #takeOff(flight: Flight): void {
    this.#flights.splice(this.#flights.indexOf(flight), 1);
    const next = this.#flights[0];
    if (this.#isGivenUp && next !== undefined) next.isSent = true;
  }

  #hear(type: number, id: number, bytes: Buffer, start: number, end: number): void {
    if (type === FRAME.returned) {
      this.#takeBack(id);
      return;
    }
    const flight = this.#flightOf(id);
    if (type === FRAME.deferred)
      this.#defer(flight, bytes.readUInt32BE(start), bytes[start + 4] as number);
    else if (flight === undefined) this.#distrust();
    else if (type === FRAME.want) flight.feed?.(bytes.readUInt32BE(start));
    else receive(this, flight, this.#listener, type, bytes, start, end);
  }

  /** Takes a call off the slot that has come back. */
  #takeBack(id: number): void {
    const at = this.#flights.findIndex((flight) => flight.id === id);
    const [flight] = at < 0 ? [] : this.#flights.splice(at, 1);
    if (flight) this.#listener.returned(this, flight.call);
  }

  /**
   * The oldest flight, as answers come in order, or one that was deferred. Only while a recall is on its way back, by
   * another line, may those that come back still stand before the oldest.
   */
  #flightOf(id: number): Flight | undefined {
    const [first] = this.#flights;
    if (first?.id === id) return first;
    return this.#recalls === 0 ? this.#deferred.get(id) : this.flightOf(id);
  }

  /** An answer to nothing is from a worker that has lost its senses. */
  #distrust(): void {
    this.#socket.destroy();
  }

  #markSent(): void {
    for (let at = this.#flights.length - 1; at >= 0; at -= 1) {
      const flight = this.#flights[at];
      if (flight === undefined || flight.isSent) return;
      flight.isSent = true;
    }
  }
}

/** The part of a call that the app waited; undefined when the worker has not looked. */
function partOf(idle: number): number | undefined {
  return idle === 0 ? undefined : (idle - 1) / 254;
}
