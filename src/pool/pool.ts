import { Backoff, type Clock, systemClock } from "../kit/index.ts";
import type { Reply, Request } from "../message/index.ts";
import type { PoolFact, ReplaceReason } from "./facts.ts";
import type { PoolFigures, WorkerFigures } from "./figures.ts";
import { Generations, type Renewable } from "./generations.ts";
import { Member } from "./member.ts";
import type { PoolOptions } from "./options.ts";
import { Scheduler } from "./scheduler.ts";
import { Watch } from "./watch.ts";
import type { Call, Departure, Engine, Slot, Worker, WorkerListener } from "./worker.ts";

/** How long a worker stays that was to be replaced and could not be. */
const RETRY_MS = 10_000;

/** A place in the pool: who serves there, and who is about to. */
interface Place {
  readonly backoff: Backoff;
  member: Member | undefined;
  successor: Member | undefined;
}

/**
 * Many workers as one handler. It knows what is running; who gets the next request is the Scheduler's
 * question, which loading of the app is at work that of Generations, and Watch finds the workers that have to go.
 */
export class Pool implements WorkerListener {
  readonly #engine: Engine;
  readonly #options: PoolOptions;
  readonly #emit: (fact: PoolFact) => void;
  readonly #clock: Clock;
  readonly #scheduler: Scheduler;
  readonly #watch: Watch;
  readonly #generations: Generations;
  readonly #members = new Map<Worker, Member>();
  readonly #places = new Map<number, Place>();
  #size: number;
  #phase: "starting" | "running" | "stopping" = "starting";
  /** Replacements run one after the other, so that no more than one extra worker is alive. */
  #replacing: Promise<void> = Promise.resolve();

  constructor(
    engine: Engine,
    options: PoolOptions,
    emit: (fact: PoolFact) => void,
    clock: Clock = systemClock,
  ) {
    this.#engine = engine;
    this.#options = options;
    this.#emit = emit;
    this.#clock = clock;
    this.#size = options.workers;
    const onFull = (length: number) => emit({ type: "queue-full", length });
    this.#scheduler = new Scheduler(clock, options.queueLimit, onFull);
    this.#generations = new Generations(this.#renewable(), clock, emit);
    this.#watch = new Watch(this.#scheduler, options, clock, {
      members: () => this.#members.values(),
      replace: (member, reason, figure) => this.#replaceSometime(member, reason, figure),
      giveUp: (member, graceMs) => this.#giveUp(member, graceMs),
      emit,
    });
  }

  /** Starts every worker; resolves when all serve. Raises LoadError or WorkerStartError, with nothing left running. */
  async start(): Promise<void> {
    for (let number = 1; number <= this.#size; number++) this.#hire(this.#place(number), number);
    try {
      await Promise.all([...this.#members.values()].map((member) => member.ready));
    } catch (error) {
      await this.halt();
      throw error;
    }
    this.#phase = "running";
    this.#watch.start();
  }

  /** Answers one request, through the first worker that can. */
  readonly handle = (request: Request, reply: Reply): void =>
    this.#scheduler.accept(request, reply);

  get size(): number {
    return this.#size;
  }

  get generation(): number {
    return this.#generations.current;
  }

  /** How the pool and each of its workers are doing, at this moment. */
  figures(): PoolFigures {
    const workers = [...this.#members.values()].map((member) => this.#figuresOf(member));
    workers.sort((a, b) => a.number - b.number || a.generation - b.generation);
    const { queueLength, queueWaitMs } = this.#scheduler;
    return { generation: this.generation, workers, queueLength, queueWaitMs };
  }

  /**
   * Loads the app anew and replaces every worker, one by one. Raises what kept the first new one from starting; the
   * old ones then stay.
   */
  restart(): Promise<void> {
    return this.#generations.restart();
  }

  /** Adds places, or takes the last ones away; one place always stays. */
  resize(size: number): void {
    const before = this.#size;
    this.#size = Math.max(1, size);
    for (let number = before + 1; number <= this.#size; number++)
      this.#hire(this.#place(number), number);
    for (let number = this.#size + 1; number <= before; number++) {
      const place = this.#place(number);
      this.#places.delete(number);
      if (place.member) this.#retire(place.member, "resize");
      if (place.successor) this.#retire(place.successor, "resize");
    }
  }

  /** Lets every worker finish what it has for up to `graceMs`, and ends it; resolves when all are gone. */
  async stop(graceMs: number = this.#options.retireTimeoutMs): Promise<void> {
    this.#end();
    for (const member of this.#members.values()) {
      if (member.state === "draining" || member.state === "leaving")
        this.#killAfter(graceMs, member);
      else this.#retire(member, undefined, undefined, graceMs);
    }
    await this.#allGone();
    await this.#engine.close();
  }

  /** Ends every worker at once. */
  async halt(): Promise<void> {
    this.#end();
    for (const member of this.#members.values()) member.worker.kill();
    this.#scheduler.abandon();
    await this.#allGone();
    await this.#engine.close();
  }

  // What workers say

  ready(worker: Worker): void {
    const member = this.#members.get(worker);
    if (!member?.hear("ready")) return;
    const bootMs = this.#clock.nowMs() - member.startedAtMs;
    const { number, generation, pid } = worker;
    this.#emit({ type: "worker-ready", number, generation, pid, bootMs });
    this.#scheduler.add(worker);
  }

  answered(slot: Slot, _call: Call, serviceMicros: number, idlePart?: number): void {
    this.#count(slot.worker, this.#scheduler.answered(slot, serviceMicros, idlePart));
  }

  deferred(slot: Slot, _call: Call, serviceMicros: number, idlePart?: number): void {
    this.#scheduler.deferred(slot, serviceMicros, idlePart);
  }

  answeredLater(slot: Slot, _call: Call): void {
    this.#count(slot.worker, this.#scheduler.answeredLater(slot));
  }

  returned(slot: Slot, call: Call): void {
    this.#scheduler.returned(slot, call);
  }

  gone(worker: Worker, departure: Departure): void {
    const member = this.#members.get(worker);
    if (member === undefined) return;
    this.#members.delete(worker);
    this.#scheduler.remove(worker, departure.unseen);
    const restartInMs = this.#refill(member);
    member.leave(departure);
    this.#report(worker, departure, restartInMs);
    for (const { reply } of departure.begun) {
      if (reply.isStarted) reply.cut();
      else reply.fail(502);
    }
  }

  // Private

  /** A worker that has served as many requests as it may is replaced. */
  #count(worker: Worker, served: number): void {
    const { requestLimit } = this.#options;
    if (requestLimit === 0 || served < requestLimit) return;
    const member = this.#members.get(worker);
    if (member) this.#replaceSometime(member, "requests", served);
  }

  #renewable(): Renewable {
    const isRunning = (): boolean => this.#phase === "running";
    return {
      get isRunning() {
        return isRunning();
      },
      renew: (generation) => this.#engine.renew(generation),
      replaceAll: () => this.#replaceAll(),
    };
  }

  #figuresOf({ worker, state }: Member): WorkerFigures {
    const { number, generation, pid, slots } = worker;
    const load = this.#scheduler.loadOf(worker);
    return { number, generation, pid, state, slots: slots.length, ...load };
  }

  async #replaceAll(): Promise<void> {
    const old = [...this.#members.values()];
    try {
      for (const member of old) await this.#replaceLater(member, "restart");
    } catch (error) {
      for (const member of old) member.isBeingReplaced = false;
      throw error;
    }
  }

  #place(number: number): Place {
    const known = this.#places.get(number);
    if (known) return known;
    const place: Place = { backoff: new Backoff(), member: undefined, successor: undefined };
    this.#places.set(number, place);
    return place;
  }

  #hire(place: Place, number: number, as: "member" | "successor" = "member"): Member {
    const worker = this.#engine.start(number, this.#generations.current, this);
    const member = new Member(worker, this.#clock.nowMs());
    this.#members.set(worker, member);
    place[as] = member;
    return member;
  }

  /** Fills the place that `member` leaves empty; returns in how many ms, or undefined when it is filled or to stay empty. */
  #refill(member: Member): number | undefined {
    const place = this.#places.get(member.worker.number);
    if (this.#phase !== "running" || place === undefined) return undefined;
    const { successor } = place;
    if (member === successor || member === place.member) place.successor = undefined;
    if (member !== place.member) return undefined;
    place.member = successor;
    return successor ? undefined : this.#rehire(place, member);
  }

  #rehire(place: Place, member: Member): number {
    const { number } = member.worker;
    const delayMs = place.backoff.delayMs(this.#clock.nowMs() - member.startedAtMs);
    this.#clock.after(delayMs, () => {
      const isWanted = this.#phase === "running" && this.#places.get(number) === place;
      if (isWanted && place.member === undefined) this.#hire(place, number);
    });
    return delayMs;
  }

  /** As `#replaceLater`, when nobody waits for it: a failure is a fact already, and is tried again after a while. */
  #replaceSometime(member: Member, reason: ReplaceReason, figure: number): void {
    if (member.isBeingReplaced) return;
    this.#replaceLater(member, reason, figure).catch(() => {
      this.#clock.after(RETRY_MS, () => {
        member.isBeingReplaced = false;
      });
    });
  }

  #replaceLater(member: Member, reason: ReplaceReason, figure?: number): Promise<void> {
    member.isBeingReplaced = true;
    const turn = this.#replacing.then(() => this.#replace(member, reason, figure));
    this.#replacing = turn.catch(() => {});
    return turn;
  }

  /** Starts the new one, waits until it serves, and only then lets the old one go. */
  async #replace(member: Member, reason: ReplaceReason, figure?: number): Promise<void> {
    const { number } = member.worker;
    const place = this.#places.get(number);
    if (this.#phase !== "running" || place?.member !== member) return;
    const successor = this.#hire(place, number, "successor");
    await successor.ready;
    if (place.successor === successor) {
      place.successor = undefined;
      place.member = successor;
    }
    this.#retire(member, reason, figure);
  }

  #retire(
    member: Member,
    reason: ReplaceReason | undefined,
    figure?: number,
    graceMs: number = this.#options.retireTimeoutMs,
  ): void {
    const { worker } = member;
    const { number, pid } = worker;
    if (!member.hear("replace")) return;
    if (member.state === "leaving") {
      worker.kill();
      return;
    }
    if (reason) this.#emit({ type: "worker-retiring", number, pid, reason, figure });
    this.#scheduler.drain(worker, () => {
      if (member.hear("idle")) worker.retire();
    });
    this.#killAfter(graceMs, member);
  }

  #killAfter(graceMs: number, member: Member): void {
    const { worker } = member;
    const { number, pid } = worker;
    const cancel = this.#clock.after(graceMs, () => {
      this.#emit({ type: "worker-killed", number, pid });
      worker.kill();
    });
    void member.gone.then(cancel);
  }

  /** Takes `member` out at once and fills its place; what else it was given may still finish within `graceMs`. */
  #giveUp(member: Member, graceMs: number): void {
    const { number } = member.worker;
    const place = this.#places.get(number);
    if (place?.member === member && this.#phase === "running") {
      place.member = place.successor;
      place.successor = undefined;
      if (place.member === undefined) this.#hire(place, number);
    }
    this.#retire(member, "timeout", undefined, graceMs);
  }

  #report(worker: Worker, departure: Departure, restartInMs: number | undefined): void {
    const { number, generation, pid } = worker;
    const { reason, loadError, begun } = departure;
    if (loadError !== undefined) {
      // While the pool starts, `start` raises it; once is enough.
      if (this.#phase !== "running") return;
      this.#emit({ type: "worker-load-failed", number, message: loadError, restartInMs });
    } else {
      const lost = begun.length;
      this.#emit({ type: "worker-gone", number, generation, pid, reason, lost, restartInMs });
    }
  }

  #end(): void {
    this.#phase = "stopping";
    this.#watch.stop();
  }

  async #allGone(): Promise<void> {
    await Promise.all([...this.#members.values()].map((member) => member.gone));
  }
}
