import type { Load } from "./figures.ts";
import type { Call, Slot, Worker } from "./worker.ts";

/** Who has been at one call for so long is given no other ahead of time, and another slot may be used in its place. */
export const HELD_UP_MS = 5;

/** A slot, and how much of what it was given it has not answered. */
export interface Seat {
  readonly crew: Crew;
  readonly slot: Slot;
  inFlight: number;
  answered: number;
  /** When it came to the call that it is at. */
  sinceMs: number;
  /** That call's answer takes its time, as its worker has told. */
  isHeldUp: boolean;
  /** What `answered` was when the watch last saw it move, and when that was. */
  seenAnswered: number;
  seenAtMs: number;
}

/** A slot whose call has not begun to be answered for too long. */
export interface Stuck {
  readonly worker: Worker;
  readonly slot: Slot;
  readonly call: Call;
  readonly stuckMs: number;
}

/** The seats of one worker, and what the scheduler counts of them. */
export class Crew {
  readonly worker: Worker;
  readonly seats: readonly Seat[];
  inFlight = 0;
  /** Calls that are off their slots, and not answered. */
  deferred = 0;
  served = 0;
  /** Set once the worker gets nothing more: called when it has answered everything. */
  onIdle: (() => void) | undefined;

  constructor(worker: Worker, nowMs: number) {
    this.worker = worker;
    this.seats = worker.slots.map((slot) => ({
      crew: this,
      slot,
      inFlight: 0,
      answered: 0,
      sinceMs: nowMs,
      isHeldUp: false,
      seenAnswered: 0,
      seenAtMs: nowMs,
    }));
  }

  /** Whether it has answered everything. */
  get isIdle(): boolean {
    return this.inFlight === 0 && this.deferred === 0;
  }

  /** Whether it has less to do than `other`: less in hand, or as much and fewer calls that it answers later. */
  isLessLoadedThan(other: Crew): boolean {
    if (this.inFlight !== other.inFlight) return this.inFlight < other.inFlight;
    return this.deferred < other.deferred;
  }

  /**
   * The first slot that is free, or holds fewer than `depth` calls and gets on with them: nobody is to wait behind a
   * stream or a sleep that began after `depth` was found. None when `width` slots get on with theirs already.
   */
  seatWithRoom(depth: number, width: number, nowMs: number): Seat | undefined {
    let busy = 0;
    for (const seat of this.seats) {
      if (seat.inFlight === 0) return seat;
      if (seat.isHeldUp || nowMs - seat.sinceMs >= HELD_UP_MS) continue;
      if (seat.inFlight < depth) return seat;
      busy++;
      if (busy >= width) return undefined;
    }
    return undefined;
  }

  /** What it has to do. */
  load(nowMs: number): Load {
    const busy = this.seats.filter(({ inFlight }) => inFlight > 0);
    const { served: answered, inFlight } = this;
    const longestMs = Math.max(0, ...busy.map(({ sinceMs }) => nowMs - sinceMs));
    return { answered, inFlight, busySlots: busy.length, longestMs };
  }

  /** Slots that have been at one call for `limitMs`, and have not begun to answer it. */
  stuck(nowMs: number, limitMs: number): Stuck[] {
    return this.seats.flatMap((seat) => {
      const isMoving = seat.inFlight === 0 || seat.answered !== seat.seenAnswered;
      if (isMoving || seat.slot.awaitsClient) {
        seat.seenAnswered = seat.answered;
        seat.seenAtMs = nowMs;
      }
      const stuckMs = nowMs - seat.seenAtMs;
      const call = seat.slot.current;
      if (stuckMs < limitMs || call === undefined || call.reply.isStarted) return [];
      return [{ worker: this.worker, slot: seat.slot, call, stuckMs }];
    });
  }
}
