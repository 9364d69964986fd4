import type { Clock } from "../kit/index.ts";
import type { Stuck } from "./crew.ts";
import type { PoolFact, ReplaceReason } from "./facts.ts";
import type { Member } from "./member.ts";
import type { PoolOptions } from "./options.ts";
import type { Scheduler } from "./scheduler.ts";
import type { Worker } from "./worker.ts";

const TICK_MS = 1_000;
/** How long a stuck worker has to say where it is stuck. */
const INSPECT_MS = 1_000;

/** What the watch may see and do. */
export interface Watched {
  members(): Iterable<Member>;
  replace(member: Member, reason: ReplaceReason, figure: number): void;
  giveUp(member: Member, graceMs: number): void;
  readonly emit: (fact: PoolFact) => void;
}

/** Finds the workers that have to go: those that hang, and those that have grown too large. */
export class Watch {
  readonly #scheduler: Scheduler;
  readonly #options: PoolOptions;
  readonly #clock: Clock;
  readonly #watched: Watched;
  readonly #givenUp = new WeakSet<Worker>();
  #isOn = false;

  constructor(scheduler: Scheduler, options: PoolOptions, clock: Clock, watched: Watched) {
    this.#scheduler = scheduler;
    this.#options = options;
    this.#clock = clock;
    this.#watched = watched;
  }

  start(): void {
    const { workerTimeoutMs, memoryLimitBytes, memoryCheckMs } = this.#options;
    this.#isOn = true;
    const lookMs = Math.min(TICK_MS, workerTimeoutMs / 4);
    if (workerTimeoutMs > 0) this.#repeat(lookMs, () => this.#lookForStuck());
    if (memoryLimitBytes > 0) this.#repeat(memoryCheckMs, () => this.#lookAtMemory());
  }

  stop(): void {
    this.#isOn = false;
  }

  // Private

  #repeat(everyMs: number, look: () => Promise<void>): void {
    this.#clock.after(everyMs, () => {
      if (this.#isOn) void look().finally(() => this.#repeat(everyMs, look));
    });
  }

  async #lookForStuck(): Promise<void> {
    const found = this.#scheduler.stuck(this.#options.workerTimeoutMs);
    const workers = new Set(found.map((stuck) => stuck.worker));
    await Promise.all(
      [...workers].map((worker) => {
        const mine = found.filter((stuck) => stuck.worker === worker);
        return this.#giveUp(worker, mine);
      }),
    );
  }

  /** Says where it hangs while it still hangs, answers its stuck calls, and lets the others finish. */
  async #giveUp(worker: Worker, stuck: readonly Stuck[]): Promise<void> {
    const member = [...this.#watched.members()].find((one) => one.worker === worker);
    if (member === undefined || this.#givenUp.has(worker)) return;
    this.#givenUp.add(worker);
    const backtraces = await worker.inspect(INSPECT_MS);
    if (stuck.every(({ slot }) => slot.current === undefined)) {
      // All of them went on while we asked.
      this.#givenUp.delete(worker);
      return;
    }
    const { number, pid } = worker;
    for (const { slot, call: suspect, stuckMs } of stuck) {
      // The suspect may have been answered long ago, and waited for the one behind it.
      const call = slot.current ?? suspect;
      slot.giveUp();
      const { method, target } = call.request;
      this.#watched.emit({
        type: "worker-stuck",
        number,
        pid,
        method,
        target,
        stuckMs,
        backtraces,
      });
      if (!call.reply.isStarted) call.reply.fail(504);
    }
    const slots = stuck.map(({ slot }) => slot);
    const hasOthers = this.#scheduler.isBusyBeside(worker, slots);
    this.#watched.giveUp(member, hasOthers ? this.#options.workerTimeoutMs : 0);
  }

  async #lookAtMemory(): Promise<void> {
    const limitBytes = this.#options.memoryLimitBytes;
    for (const member of [...this.#watched.members()]) {
      if (member.state !== "serving") continue;
      const bytes = await member.worker.memoryBytes();
      if (bytes !== undefined && bytes > limitBytes) this.#watched.replace(member, "memory", bytes);
    }
  }
}
