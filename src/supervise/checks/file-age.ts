import { statSync } from "node:fs";
import type { Clock } from "../../kit/index.ts";
import type { Sample } from "../samples.ts";
import { asSeconds } from "./figures.ts";

/**
 * How long ago a file was written. The wall clock says so, but not more than was seen: a file that has changed between two
 * looks is no older than the first of them, and one that has not is no younger than the time since, however the clock was
 * set meanwhile.
 */
export class FileAge {
  readonly #path: string;
  readonly #belowMs: number;
  readonly #clock: Clock;
  #writtenMs: number | undefined;
  #lookedMs = Number.NEGATIVE_INFINITY;
  #oldestMs = Number.NEGATIVE_INFINITY;
  #youngestMs = 0;

  constructor(path: string, belowMs: number, clock: Clock) {
    this.#path = path;
    this.#belowMs = belowMs;
    this.#clock = clock;
  }

  measure(): Sample {
    const writtenMs = statSync(this.#path, { throwIfNoEntry: false })?.mtimeMs;
    if (writtenMs === undefined) return { text: `${this.#path} is not there`, isGood: false };
    const nowMs = this.#clock.nowMs();
    if (writtenMs !== this.#writtenMs) this.#see(writtenMs, nowMs);
    this.#lookedMs = nowMs;
    const byWallMs = this.#clock.wallMs() - writtenMs;
    const ageMs = Math.max(nowMs - this.#youngestMs, Math.min(nowMs - this.#oldestMs, byWallMs));
    return { text: asSeconds(ageMs), isGood: ageMs < this.#belowMs };
  }

  /** It was written after the last look, and before this one. */
  #see(writtenMs: number, nowMs: number): void {
    this.#writtenMs = writtenMs;
    this.#oldestMs = this.#lookedMs;
    this.#youngestMs = nowMs;
  }
}
