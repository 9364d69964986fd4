import { HELD_UP_MS } from "./crew.ts";

/** So much app time, as far as workers have looked at it, is what is remembered. */
const REMEMBERED_MICROS = 50_000;
/** Below this share of waiting a second thread has nothing to fill. */
const HARDLY_SHARE = 0.15;
/** More threads than would fill the gaps if calls took turns: they come as they like. */
const SLACK = 1.5;

/**
 * How many slots of one worker are used at a time. Ruby runs one thread of a process at a time, so a second one gets
 * only what the first leaves while it waits for something else: a database, a sleep. For an app that waits for nothing
 * a second thread is all cost: each request passes the GVL on twice, which on a busy machine takes longer than a small
 * request. One slot that always has its next calls at hand does more. As wide as there are slots until workers have told
 * how much their app waits.
 */
export class Width {
  #current = Number.POSITIVE_INFINITY;
  #idleMicros = 0;
  #knownMicros = 0;

  /** For slots that are given calls ahead of time: one of them never waits for the next call. */
  get current(): number {
    return this.#current;
  }

  /**
   * Learns from a call that took `serviceMicros`, of which `idlePart` (0 to 1) went by waiting. Of a long call only the
   * beginning counts: after it another slot may be used in its place anyway.
   */
  learn(serviceMicros: number, idlePart: number): void {
    const countedMicros = Math.min(serviceMicros, HELD_UP_MS * 1_000);
    this.#knownMicros += countedMicros;
    this.#idleMicros += countedMicros * idlePart;
    this.#current = widthFor(this.#idleMicros / Math.max(1, this.#knownMicros));
    while (this.#knownMicros > REMEMBERED_MICROS) {
      this.#knownMicros /= 2;
      this.#idleMicros /= 2;
    }
  }
}

/** Calls that wait half their time fill a Ruby by twos, calls that wait 99 % of it by the hundred. */
function widthFor(idleShare: number): number {
  if (idleShare < HARDLY_SHARE) return 1;
  return Math.ceil(SLACK / Math.max(0.001, 1 - idleShare)) + 1;
}
