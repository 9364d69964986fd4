import { type Clock, Queue } from "../kit/index.ts";
import type { Reply, Request } from "../message/index.ts";
import { Crew, HELD_UP_MS, type Seat, type Stuck } from "./crew.ts";
import { Depth } from "./depth.ts";
import type { Load } from "./figures.ts";
import { Width } from "./width.ts";
import type { Call, Slot, Worker } from "./worker.ts";

const ALL_SLOTS = Number.POSITIVE_INFINITY;
const NO_LOAD: Load = { answered: 0, inFlight: 0, busySlots: 0, longestMs: 0 };

/**
 * Who gets the next request: the oldest one goes to the least loaded worker, there to the first slot with
 * room. Filling the first slot first keeps a fast app on one thread, where nothing fights for the GVL. How many calls
 * a slot may hold is the question of Depth, how many slots of a worker are used at a time that of Width.
 */
export class Scheduler {
  readonly #queue = new Queue<Call>();
  readonly #depth = new Depth();
  readonly #width = new Width();
  readonly #seats = new Map<Slot, Seat>();
  readonly #clock: Clock;
  readonly #queueLimit: number;
  readonly #onFull: (length: number) => void;
  #crews: Crew[] = [];
  /** As of the last request or answer; that is now, nearly. */
  #nowMs = 0;
  #isWatching = false;
  #isDue = false;

  /** `onFull` hears of every request that is refused because `queueLimit` others wait. */
  constructor(clock: Clock, queueLimit: number, onFull: (length: number) => void) {
    this.#clock = clock;
    this.#queueLimit = queueLimit;
    this.#onFull = onFull;
  }

  /** Requests that wait for a worker. */
  get queueLength(): number {
    return this.#queue.length;
  }

  /** How long the oldest of them has waited; 0 when none waits. */
  get queueWaitMs(): number {
    const oldest = this.#queue.peek();
    return oldest === undefined ? 0 : this.#clock.nowMs() - oldest.queuedAtMs;
  }

  /** Requests that workers have and have not answered. */
  get inFlight(): number {
    let sum = 0;
    const crews = new Set([...this.#seats.values()].map(({ crew }) => crew));
    for (const crew of crews) sum += crew.inFlight + crew.deferred;
    return sum;
  }

  /** Sends the request to a worker, or lets it wait for one; 503 when too many wait already. */
  accept(request: Request, reply: Reply): void {
    this.#nowMs = this.#clock.nowMs();
    const call: Call = { request, reply, queuedAtMs: this.#nowMs };
    const seat = this.#queue.length === 0 ? this.#pick() : undefined;
    if (seat) this.#give(seat, call);
    else if (this.#hasRoom()) this.#enqueue(call);
    else this.#refuse(reply);
  }

  /** Whether `worker` is at something that goes on without these slots, in another, or later where there is another. */
  isBusyBeside(worker: Worker, slots: readonly Slot[]): boolean {
    const crew = this.#crewOf(worker);
    const others = crew?.seats.filter(({ slot }) => !slots.includes(slot)) ?? [];
    if (crew === undefined || others.length === 0) return false;
    return crew.deferred > 0 || others.some(({ inFlight }) => inFlight > 0);
  }

  /** What `worker` has to do. */
  loadOf(worker: Worker): Load {
    return this.#crewOf(worker)?.load(this.#clock.nowMs()) ?? NO_LOAD;
  }

  /** Lets `worker` take part. */
  add(worker: Worker): void {
    const crew = new Crew(worker, this.#clock.nowMs());
    for (const seat of crew.seats) this.#seats.set(seat.slot, seat);
    this.#crews.push(crew);
    this.#nowMs = this.#clock.nowMs();
    this.#dispatch();
  }

  /** Gives `worker` nothing more; `onIdle` is called once it has answered what it was given. */
  drain(worker: Worker, onIdle: () => void): void {
    const crew = this.#crewOf(worker);
    this.#crews = this.#crews.filter((other) => other !== crew);
    if (crew === undefined || crew.isIdle) onIdle();
    else crew.onIdle = onIdle;
  }

  /** Forgets `worker`. `unseen`: calls that it was given and never saw; they are the oldest now. */
  remove(worker: Worker, unseen: readonly Call[]): void {
    this.#crews = this.#crews.filter((crew) => crew.worker !== worker);
    for (const slot of worker.slots) this.#seats.delete(slot);
    this.#queue.unshift(unseen);
    this.#nowMs = this.#clock.nowMs();
    this.#dispatch();
  }

  /** Takes note that `slot` has answered its oldest call, and fills the room. Returns how many its worker has served. */
  answered(slot: Slot, serviceMicros: number, idlePart?: number): number {
    const seat = this.#seats.get(slot);
    if (seat === undefined) return 0;
    seat.crew.served++;
    this.#moveOn(seat, serviceMicros, idlePart);
    return seat.crew.served;
  }

  /** Takes note that `slot` is free of its oldest call, which is answered later, and fills the room. */
  deferred(slot: Slot, serviceMicros: number, idlePart?: number): void {
    const seat = this.#seats.get(slot);
    if (seat === undefined) return;
    seat.crew.deferred++;
    this.#moveOn(seat, serviceMicros, idlePart);
  }

  /** Takes note that a call that `slot` had been freed of is answered. Returns how many its worker has served. */
  answeredLater(slot: Slot): number {
    const crew = this.#seats.get(slot)?.crew;
    if (crew === undefined) return 0;
    crew.deferred--;
    crew.served++;
    if (crew.isIdle) crew.onIdle?.();
    return crew.served;
  }

  /** Takes a call back that `slot` has not begun; it is older than all that wait. */
  returned(slot: Slot, call: Call): void {
    const seat = this.#seats.get(slot);
    if (seat) {
      seat.inFlight--;
      seat.crew.inFlight--;
      seat.isHeldUp = true;
      if (seat.crew.isIdle) seat.crew.onIdle?.();
    }
    this.#queue.unshift([call]);
    this.#dispatchSoon();
  }

  /** Calls that the app has not begun to answer for `limitMs`; to be asked regularly. */
  stuck(limitMs: number): Stuck[] {
    const nowMs = this.#clock.nowMs();
    const crews = new Set([...this.#seats.values()].map((seat) => seat.crew));
    return [...crews].flatMap((crew) => crew.stuck(nowMs, limitMs));
  }

  /** Answers 503 to all that wait: nobody will come for them. */
  abandon(): void {
    for (let call = this.#queue.shift(); call; call = this.#queue.shift()) call.reply.fail(503);
  }

  // Private

  /** The oldest call is off `seat`. */
  #moveOn(seat: Seat, serviceMicros: number, idlePart: number | undefined): void {
    const { crew } = seat;
    seat.inFlight--;
    seat.answered++;
    crew.inFlight--;
    this.#nowMs = this.#clock.nowMs();
    seat.sinceMs = this.#nowMs;
    seat.isHeldUp = false;
    this.#depth.learn(serviceMicros, this.#nowMs);
    if (idlePart !== undefined) this.#width.learn(serviceMicros, idlePart);
    if (this.#queue.length > 0) this.#dispatch();
    if (crew.isIdle) crew.onIdle?.();
  }

  #enqueue(call: Call): void {
    this.#queue.push(call);
    this.#watchSeats();
  }

  #dispatch(): void {
    while (this.#queue.length > 0) {
      const seat = this.#pick();
      if (seat === undefined) return;
      const call = this.#queue.shift();
      // Its client has left while it waited: Ruby need not know.
      if (call?.reply.isOpen) this.#give(seat, call);
    }
  }

  /** Calls come back last come first: the oldest is known once all are here. */
  #dispatchSoon(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    queueMicrotask(() => {
      this.#isDue = false;
      this.#nowMs = this.#clock.nowMs();
      this.#dispatch();
    });
  }

  #pick(): Seat | undefined {
    const depth = this.#seats.size === 1 ? this.#depth.ofOne : this.#depth.current;
    // Where each call is sent for by itself, other slots fill the time that it takes to send for the next.
    const width = depth === 1 ? ALL_SLOTS : this.#width.current;
    let best: Seat | undefined;
    for (const crew of this.#crews) {
      if (best !== undefined && !crew.isLessLoadedThan(best.crew)) continue;
      best = crew.seatWithRoom(depth, width, this.#nowMs) ?? best;
    }
    return best;
  }

  #give(seat: Seat, call: Call): void {
    if (seat.inFlight === 0) seat.sinceMs = this.#nowMs;
    seat.inFlight++;
    seat.crew.inFlight++;
    this.#note(seat, call);
    seat.slot.send(call);
    if (seat.inFlight > 1) this.#watchSeats();
  }

  #note({ crew }: Seat, { reply, queuedAtMs }: Call): void {
    const { assignment } = reply;
    if (assignment === undefined) return;
    assignment.worker = crew.worker.number;
    assignment.queueMs = this.#nowMs - queuedAtMs;
  }

  /**
   * Nobody is to wait for long behind a call that turned out slow: what waits behind it on its slot is asked back, and
   * what waits in the queue because enough slots are busy may have another one.
   */
  #watchSeats(): void {
    if (this.#isWatching) return;
    this.#isWatching = true;
    this.#clock.after(HELD_UP_MS, () => {
      this.#isWatching = false;
      this.#nowMs = this.#clock.nowMs();
      for (const seat of this.#seats.values()) this.#look(seat);
      this.#dispatch();
      if (this.#queue.length > 0) this.#watchSeats();
    });
  }

  #look(seat: Seat): void {
    if (seat.inFlight === 0) return;
    if (seat.inFlight > 1) this.#watchSeats();
    if (this.#nowMs - seat.sinceMs < HELD_UP_MS) return;
    seat.isHeldUp = true;
    if (seat.inFlight > 1 && this.#hasOtherRoom(seat)) seat.slot.recall();
  }

  /** Who waits may as well stay where there is no better place. */
  #hasOtherRoom(seat: Seat): boolean {
    return this.#crews.some((crew) => crew.seats.some((one) => one !== seat && one.inFlight === 0));
  }

  #hasRoom(): boolean {
    if (this.#queue.length < this.#queueLimit) return true;
    this.#queue.filter((call) => call.reply.isOpen);
    return this.#queue.length < this.#queueLimit;
  }

  #refuse(reply: Reply): void {
    this.#onFull(this.#queue.length);
    reply.fail(503, "retry-after: 1\r\n");
  }

  #crewOf(worker: Worker): Crew | undefined {
    const [slot] = worker.slots;
    return slot && this.#seats.get(slot)?.crew;
  }
}
