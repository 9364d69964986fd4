import type { Socket } from "node:net";
import type { RequestBody } from "../message/index.ts";
import type { Call, Slot, Worker } from "../pool/index.ts";
import { headText } from "./env.ts";
import { type Flight, launch } from "./flight.ts";
import { encode, FRAME, type ToSlot } from "./frames.ts";
import { Inbox } from "./inbox.ts";
import { Outbox } from "./outbox.ts";
import { receive } from "./response.ts";
import { feeder } from "./upload.ts";

/** What a slot tells its worker. */
export interface SlotListener {
  /** A call is off the slot, with the time that it took in the app. */
  answered(slot: NativeSlot, call: Call, serviceMicros: number): void;
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
  readonly #socket: Socket;
  readonly #listener: SlotListener;
  readonly #outbox: Outbox;
  readonly #flights: Flight[] = [];
  #isLeaving = false;

  /** Takes over a connection that has said HELLO. */
  constructor(worker: Worker, socket: Socket, listener: SlotListener) {
    this.worker = worker;
    this.#socket = socket;
    this.#listener = listener;
    this.#outbox = new Outbox(socket, () => this.#markSent());
    const inbox = new Inbox((type, id, bytes, start, end) =>
      this.#hear(type, id, bytes, start, end),
    );
    socket.on("data", (chunk: Buffer) => inbox.push(chunk));
    socket.on("end", () => socket.end());
    // A reset tells no more than the close that follows it.
    socket.on("error", () => socket.destroy());
    socket.on("close", () => listener.closed(this));
  }

  /** Calls that are on the slot, oldest first. */
  get flights(): readonly Flight[] {
    return this.#flights;
  }

  get current(): Call | undefined {
    return this.#flights[0]?.call;
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

  /** Puts a frame in line. */
  tell(frame: ToSlot): void {
    if (this.#socket.destroyed) return;
    for (const bytes of encode(frame)) this.#outbox.bytes(bytes);
  }

  /** Finishes what is on it, and hangs up: the thread ends with that. */
  leave(): void {
    this.#isLeaving = true;
    if (this.#flights.length === 0) this.#socket.end();
  }

  /** Forgets its calls and hangs up: the process is gone. */
  abandon(): readonly Flight[] {
    this.#outbox.clear();
    this.#socket.destroy();
    const flights = this.#flights.splice(0);
    for (const flight of flights) flight.stop?.();
    return flights;
  }

  /** Takes the oldest call off the slot. */
  settle(flight: Flight, serviceMicros: number): void {
    this.#flights.shift();
    flight.stop?.();
    if (this.#isLeaving && this.#flights.length === 0) this.#socket.end();
    this.#listener.answered(this, flight.call, serviceMicros);
  }

  #hear(type: number, id: number, bytes: Buffer, start: number, end: number): void {
    const flight = this.#flights[0];
    if (type === FRAME.returned) this.#takeBack(id);
    else if (flight?.id !== id) this.#distrust();
    else if (type === FRAME.want) flight.feed?.(bytes.readUInt32BE(start));
    else receive(this, flight, this.#listener, type, bytes, start, end);
  }

  #takeBack(id: number): void {
    const at = this.#flights.findIndex((flight) => flight.id === id);
    const [flight] = at < 0 ? [] : this.#flights.splice(at, 1);
    if (flight) this.#listener.returned(this, flight.call);
    else this.#distrust();
  }

  /** Answers come in order. One that does not is from a worker that has lost its senses. */
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
