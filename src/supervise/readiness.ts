import type { Clock } from "../kit/index.ts";
import type { ProcessDescription } from "./description.ts";
import { type Notice, printable, valueIn } from "./notice.ts";

/** What a process says of itself. */
export interface Said {
  /** Until it says something, what was taken over is ready. */
  readonly phase: "starting" | "ready" | "reloading" | "stopping";
  /** For people, in its own words. */
  readonly status: string | null;
}

/** So many notices are kept until it is known whom they are of. */
const EARLY_LIMIT = 16;

/** Knows from what a process says of itself whether it is ready, and whether it has been silent for too long. */
export class Readiness {
  readonly #description: Pick<ProcessDescription, "startGraceMs" | "notifyReady" | "watchdogMs">;
  readonly #clock: Clock;
  #said: Said = { phase: "ready", status: null };
  #deadlineMs = Number.POSITIVE_INFINITY;
  #heardMs: number;
  #silentLooks = 0;
  #early: readonly Notice[] = [];

  constructor(
    description: Pick<ProcessDescription, "startGraceMs" | "notifyReady" | "watchdogMs">,
    clock: Clock,
  ) {
    this.#description = description;
    this.#clock = clock;
    this.#heardMs = clock.nowMs();
  }

  /** It is about to be started, and has its grace time to say that it is ready, if it is to say so. */
  begin(): void {
    const { notifyReady, startGraceMs } = this.#description;
    this.#said = { phase: notifyReady ? "starting" : "ready", status: null };
    this.#deadlineMs = this.#clock.nowMs() + startGraceMs;
    this.#early = [];
    this.hearWatchdog();
  }

  /** Keeps what may be of this process, until its number is known. */
  keepForLater(notice: Notice): void {
    this.#early = [...this.#early, notice].slice(-EARLY_LIMIT);
  }

  /** What was kept and is of the process with this number, or below it; the rest is forgotten. */
  takeEarly(pid: number): readonly Notice[] {
    const own = this.#early.filter(({ pids, session }) => [...pids, session].includes(pid));
    this.#early = [];
    return own;
  }

  /** Takes in what it says; true when that has made it ready. */
  hear(notice: Notice): boolean {
    const wasReady = this.isReady;
    const status = valueIn(notice, "STATUS");
    if (status !== undefined) this.#said = { ...this.#said, status: printable(status) };
    if (valueIn(notice, "STOPPING") === "1") this.#said = { ...this.#said, phase: "stopping" };
    if (valueIn(notice, "RELOADING") === "1" && wasReady) this.#enter("reloading");
    if (valueIn(notice, "READY") === "1") this.#enter("ready");
    const extraUs = Number(valueIn(notice, "EXTEND_TIMEOUT_USEC"));
    if (extraUs > 0) this.#deadlineMs = this.#clock.nowMs() + extraUs / 1_000;
    this.#hearOfWatchdog(valueIn(notice, "WATCHDOG"));
    return this.isReady && !wasReady;
  }

  get said(): Said {
    return this.#said;
  }

  /** What reloads is as ready as it was. */
  get isReady(): boolean {
    return this.#said.phase !== "starting";
  }

  /** Whether it has had all its time. */
  get isLate(): boolean {
    return this.#clock.nowMs() > this.#deadlineMs;
  }

  /** Its time begins anew, as if it had said that it is well. */
  hearWatchdog(): void {
    this.#heardMs = this.#clock.nowMs();
    this.#silentLooks = 0;
  }

  /**
   * Looks whether it has been silent for longer than it may. It takes two looks: after a stop of our own the first may
   * come before what was said meanwhile has been read.
   */
  findsSilence(): boolean {
    const { watchdogMs = Number.POSITIVE_INFINITY } = this.#description;
    const isSilent = this.#clock.nowMs() - this.#heardMs > watchdogMs;
    this.#silentLooks = isSilent ? this.#silentLooks + 1 : 0;
    return this.#silentLooks > 1;
  }

  #enter(phase: Said["phase"]): void {
    this.#said = { ...this.#said, phase };
    this.hearWatchdog();
  }

  /** `trigger` is for what knows itself that it is not well. */
  #hearOfWatchdog(word: string | undefined): void {
    if (word === "1") this.hearWatchdog();
    if (word !== "trigger") return;
    this.#heardMs = Number.NEGATIVE_INFINITY;
    this.#silentLooks = 1;
  }
}
