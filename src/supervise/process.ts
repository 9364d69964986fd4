import { closeSync } from "node:fs";
import { Backoff, type Clock } from "../kit/index.ts";
import { Check, lookAtDue, type Subject } from "./checks/index.ts";
import { Children, type ChildStatus } from "./children.ts";
import type { Customs } from "./customs.ts";
import type { Command, EventName, ProcessDescription } from "./description.ts";
import { EventHistory, type PastEvent } from "./event-history.ts";
import type { ProcessFact } from "./facts.ts";
import { Flapping } from "./flapping.ts";
import { type FoundProcess, findProcess, isAlive } from "./found-process.ts";
import { launch, whyNot } from "./launch.ts";
import { LogRotation } from "./log-rotation.ts";
import { type Notice, wordsOf } from "./notice.ts";
import { PidSource } from "./pid-source.ts";
import type { TriggerWord } from "./pill/index.ts";
import type { ProcessTable } from "./process-table.ts";
import { Readiness, type Said } from "./readiness.ts";
import { belowOf, endGroup, endRest } from "./rest.ts";
import { runTold } from "./run-command.ts";
import { Starter } from "./starter.ts";
import { next, type ProcessState } from "./states.ts";
import { stop, withPid } from "./stop.ts";
import { type Surroundings, speaks } from "./surroundings.ts";
import { mayHappen } from "./triggers.ts";

/** What a process needs of the application that it belongs to. */
export interface ProcessTools {
  readonly clock: Clock;
  readonly around: Surroundings;
  readonly table: ProcessTable;
  readonly customs: Customs;
  /** `child`: the pid of the child that it is about. */
  readonly emit: (fact: ProcessFact, child?: number) => void;
  /** Whether all that it depends on is up. */
  readonly mayStart: () => boolean;
  /** Told of each change, so that a successor of ours finds it where it is. */
  readonly changed: () => void;
}

/** Where a process is, as `status` shows it. */
export interface ProcessStatus {
  readonly name: string;
  readonly group: string | undefined;
  readonly pid: number | undefined;
  readonly state: ProcessState;
  readonly children: readonly ChildStatus[];
  readonly events: readonly PastEvent[];
  /** What it says of itself; undefined where the pill does not have it say anything. */
  readonly said: Said | undefined;
}

/** Where a process is, as a successor of ours needs it. */
export interface Memory {
  readonly isMonitored: boolean;
  readonly isStopping: boolean;
  /** The daemon was told to end: the pid file says which process it is, and `found` only that the file is right. */
  readonly isLeft: boolean;
  readonly found: FoundProcess | undefined;
  /** The start command, while it runs. */
  readonly starter?: FoundProcess | undefined;
}

/**
 * A process that must stay up. Ticks and orders stand in one line and are carried out one after the other; a tick that
 * would have to wait is left out, an order never is.
 */
export class SupervisedProcess {
  readonly description: ProcessDescription;
  readonly #tools: ProcessTools;
  readonly #source: PidSource;
  readonly #starter: Starter;
  readonly #checks: readonly Check[];
  readonly #flapping: Flapping | undefined;
  readonly #backoff: Backoff | undefined;
  readonly #children: Children | undefined;
  readonly #readiness: Readiness | undefined;
  readonly #rotation: LogRotation | undefined;
  readonly #history = new EventHistory();
  #state: ProcessState = "down";
  #found: FoundProcess | undefined;
  /** A daemon of ours that has ended by itself: what it has left in its group must not be in the way of the next one. */
  #gone: FoundProcess | undefined;
  #isStoppedByUser = false;
  #pausedUntilMs = Number.NEGATIVE_INFINITY;
  /** Since when it has been up without a new start; never, while it is not. */
  #upMs = Number.NEGATIVE_INFINITY;
  #heldBackUntilMs: number | undefined;
  #cancelSchedule: (() => void) | undefined;
  #line: Promise<void> = Promise.resolve();
  #waiting = 0;
  #lastWhy: string | undefined;
  #settling: readonly (() => void)[] = [];
  /** Whether it may be that the pid file of what we started is not written. */
  #isPidFileUnsure = false;
  #isPidFileBroken = false;

  constructor(description: ProcessDescription, tools: ProcessTools) {
    const { checks, flapping, backoff, children, logRotate } = description;
    this.description = description;
    this.#tools = tools;
    this.#source = new PidSource(description, tools.around.environment);
    this.#starter = new Starter(description, tools);
    this.#checks = checks.map((check) => new Check(check));
    this.#flapping = flapping && new Flapping(flapping, tools.clock);
    this.#backoff = backoff && new Backoff(backoff);
    this.#children = children && new Children(children, tools);
    this.#readiness = speaks(description) ? new Readiness(description, tools.clock) : undefined;
    this.#rotation = logRotate && new LogRotation(logRotate, description, tools);
  }

  /** Finds out where it is: what runs is taken over as it is, what does not is started at the first tick. */
  async begin(memory: Memory | undefined): Promise<void> {
    const known = memory?.found;
    this.#starter.adopt(memory?.starter);
    this.#source.vouch(known);
    this.#found = known && !memory.isLeft && isAlive(known) ? known : undefined;
    if (await this.#isAlive()) this.#state = "up";
    else this.#state = this.description.autoStart ? "down" : "unmonitored";
    if (memory?.isMonitored === false) this.#state = "unmonitored";
    if (memory?.isStopping && this.#found) void this.order("stop", "user initiated");
    if (this.#state === "up" && this.#found) {
      this.#tools.emit({ type: "process-found", pid: this.#found.pid });
    }
  }

  /** Looks whether it lives, and does what follows. Nothing while something else is being done about it. */
  tick(): void {
    this.#rotation?.look();
    if (this.#waiting > 0 || this.#state === "unmonitored") return;
    if (this.#isGoneAgain) this.#pausedUntilMs = Number.NEGATIVE_INFINITY;
    if (this.#tools.clock.nowMs() < this.#pausedUntilMs) return;
    void this.#inLine(() => this.#look());
  }

  /** Carries an order out; resolves when that is done, and what says so is ready. Never rejects. */
  async order(event: EventName, reason: string): Promise<void> {
    await this.#inLine(() => this.#obey(event, reason));
    if (this.description.notifyReady) await this.#settled();
  }

  /** Does what a trigger of the pill's own wants for it or for a child of it. */
  hear(wish: TriggerWord): void {
    if (wish.child !== undefined) this.#children?.hear(wish, wish.child);
    else if (wish.say === "schedule") this.#schedule(wish.event, wish.reason, wish.afterMs);
    else if (wish.say === "cancel") this.#unschedule();
    else if (wish.say === "dispatch") this.#dispatchInLine(wish.event, wish.reason);
    else this.#tools.emit({ type: "trigger-said", level: wish.level, text: wish.text });
  }

  /** Whether a notice of this process, or of what is below it, is a word of ours. */
  isKnownAs(pid: number): boolean {
    return this.#readiness !== undefined && this.#found?.pid === pid && isAlive(this.#found);
  }

  /** Takes in what the process says of itself. */
  hearOfItself(notice: Notice): void {
    const [pid = 0] = notice.pids;
    this.#tools.emit({ type: "process-said", pid, words: wordsOf(notice) });
    // What waits for that need not wait for the next tick.
    if (this.#readiness?.hear(notice)) void this.#inLine(() => this.#look());
  }

  /** Keeps what may be of this process, whose number is not known yet; false when that is not so. */
  keepForLater(notice: Notice): boolean {
    if (this.#readiness === undefined || this.#found !== undefined || !this.#isSettling)
      return false;
    this.#readiness.keepForLater(notice);
    return true;
  }

  get state(): ProcessState {
    return this.#state;
  }

  get status(): ProcessStatus {
    const { name, group } = this.description;
    const children = this.#children?.statuses ?? [];
    const { events } = this.#history;
    const said = this.#readiness?.said;
    return { name, group, pid: this.#found?.pid, state: this.#state, children, events, said };
  }

  get memory(): Memory {
    return {
      isMonitored:
        (this.#state !== "unmonitored" || this.#cancelSchedule !== undefined) &&
        !this.#isStoppedByUser,
      isStopping: this.#isStoppedByUser && this.#state === "stopping",
      isLeft: false,
      found: this.#found,
      starter: this.#starter.atWork,
    };
  }

  /** Does nothing more: neither what is scheduled nor what stands in line. */
  close(): void {
    this.#cancelSchedule?.();
    this.#settle();
  }

  #inLine(work: () => Promise<void>): Promise<void> {
    this.#waiting += 1;
    this.#line = this.#line.then(work).catch((error: unknown) => {
      this.#tools.emit({ type: "daemon-stumbled", error });
    });
    const done = this.#line;
    void done.then(() => {
      this.#waiting -= 1;
    });
    return done;
  }

  async #look(): Promise<void> {
    const cause = (await this.#isAlive()) ? "alive" : "dead";
    if (cause === "dead" && this.#state === "down" && !this.#mayStartNow()) return;
    this.#hearWhatWasEarly();
    if (this.#isToSpeak(cause)) return;
    if (cause === "alive" && this.#isSettling && this.#readiness?.isReady === false) {
      return await this.#giveUp();
    }
    const to = next(this.#state, cause);
    if (to === this.#state) await this.#mayHappen("tick", to, to);
    else if (to !== undefined) await this.#enter(to, "tick");
    if (this.#state === "up" && this.#found) {
      if (this.#readiness?.findsSilence()) return await this.#endSilence();
      this.#mendPidFile(this.#found);
      this.#children?.look(this.#found);
      this.#runChecks(this.#found);
    }
  }

  get #isSettling(): boolean {
    return this.#state === "starting" || this.#state === "restarting";
  }

  /** Resolves once it is known what has become of a start. */
  async #settled(): Promise<void> {
    if (!this.#isSettling) return;
    await new Promise<void>((resolve) => {
      this.#settling = [...this.#settling, resolve];
    });
  }

  #settle(): void {
    for (const resolve of this.#settling) resolve();
    this.#settling = [];
  }

  /** Whether it still has time to say that it is ready. One that goes to the background may have no number until then. */
  #isToSpeak(cause: "alive" | "dead"): boolean {
    if (!this.#isSettling || this.#readiness === undefined) return false;
    if (this.#readiness.isReady || this.#readiness.isLate) return false;
    return cause === "alive" || !this.description.daemonize;
  }

  #hearWhatWasEarly(): void {
    if (this.#found === undefined) return;
    const early = this.#readiness?.takeEarly(this.#found.pid) ?? [];
    for (const notice of early) this.hearOfItself(notice);
  }

  /** What never gets ready is stopped; it is started anew at the next tick, unless the pill has it left alone. */
  async #giveUp(): Promise<void> {
    const { startGraceMs, onStartTimeout } = this.description;
    this.#tools.emit({ type: "never-ready", afterMs: startGraceMs });
    this.#go("stopping");
    await this.#stop();
    await this.#dispatch(onStartTimeout, "not ready in time");
  }

  async #endSilence(): Promise<void> {
    const { watchdogMs = 0 } = this.description;
    this.#tools.emit({ type: "watchdog-silent", afterMs: watchdogMs });
    await this.#dispatch("restart", "watchdog");
  }

  /** Looks do not wait in the line. */
  #runChecks(process: FoundProcess): void {
    const { clock, table, customs, emit } = this.#tools;
    const all = () => table.all();
    const subject: Subject = { process, all, customs, isChild: false, clock };
    lookAtDue(this.#checks, subject, emit, (check, samples) => {
      if (this.#state !== "up" || this.#found !== process) return;
      void this.#inLine(() => this.#fire(check, samples));
    });
  }

  async #fire(check: Check, samples: string): Promise<void> {
    if (this.#state !== "up" || !check.isFiring) return;
    for (const event of check.fires) {
      this.#tools.emit({ type: "check-fired", check: check.description.name, event });
      if (await this.#dispatch(event, `${check.description.name}: ${samples}`)) return;
    }
  }

  /** What somebody orders is done in any state; the table is for what happens by itself. */
  async #obey(event: EventName, reason: string): Promise<void> {
    this.#unschedule();
    switch (event) {
      case "start":
        return await this.#startByOrder(reason);
      case "stop":
        await this.#stopByOrder();
        this.#history.add("unmonitor", reason, this.#tools.clock.wallMs());
        return this.#go("unmonitored");
      case "restart":
        this.#history.add("restart", reason, this.#tools.clock.wallMs());
        this.#go("restarting");
        return await this.#restart();
      case "unmonitor":
        this.#history.add("unmonitor", reason, this.#tools.clock.wallMs());
        return this.#go("unmonitored");
    }
  }

  async #stopByOrder(): Promise<void> {
    this.#isStoppedByUser = true;
    this.#go("stopping");
    try {
      await this.#stop();
    } finally {
      this.#isStoppedByUser = false;
    }
  }

  async #startByOrder(reason: string): Promise<void> {
    if (await this.#isAlive()) {
      if (this.#found) this.#tools.emit({ type: "start-refused", pid: this.#found.pid });
      // It was left alone, and is to be looked after again.
      if (this.#state === "unmonitored") {
        this.#history.add("start", reason, this.#tools.clock.wallMs());
        this.#go("up");
      }
      return;
    }
    this.#heldBackUntilMs = undefined;
    if (this.#state === "up") this.#go("down");
    await this.#dispatch("start", reason);
  }

  async #dispatch(event: EventName, reason: string): Promise<boolean> {
    const to = next(this.#state, event);
    if (to === undefined) return false;
    this.#history.add(event, reason, this.#tools.clock.wallMs());
    return await this.#enter(to, event);
  }

  /** Resolves with whether it came to that. */
  async #enter(to: ProcessState, event: string): Promise<boolean> {
    if (to === "starting" && !this.#canStart) {
      this.#postpone();
      return true;
    }
    if ((to === "starting" || to === "restarting") && this.#flapping?.isTooMuch()) {
      this.#leaveAlone(this.#flapping.retryInMs);
      return true;
    }
    if (!(await this.#mayHappen(event, this.#state, to))) return false;
    this.#go(to);
    if (to === "starting") await this.#start();
    else if (to === "stopping") await this.#stop();
    else if (to === "restarting") await this.#restart();
    return true;
  }

  #leaveAlone(retryInMs: number): void {
    const { emit, clock } = this.#tools;
    emit({ type: "flapping", retryInMs });
    this.#history.add("unmonitor", "Flapping", clock.wallMs());
    this.#go("unmonitored");
    if (retryInMs > 0) this.#schedule("start", "Flapping", retryInMs);
  }

  #unschedule(): void {
    if (this.#cancelSchedule === undefined) return;
    this.#cancelSchedule();
    this.#cancelSchedule = undefined;
    this.#tools.emit({ type: "schedule-cancelled" });
  }

  #go(to: ProcessState): void {
    if (to === this.#state) return;
    const from = this.#state;
    this.#state = to;
    if (to === "up") this.#upMs = Math.min(this.#upMs, this.#tools.clock.nowMs());
    if (to === "up") this.#readiness?.hearWatchdog();
    if (!this.#isSettling) this.#settle();
    for (const check of this.#checks) check.clear();
    this.#children?.clear();
    this.#tools.emit({ type: "state-changed", from, to });
    this.#tools.changed();
  }

  async #mayHappen(event: string, from: ProcessState, to: ProcessState): Promise<boolean> {
    const whom = { pid: this.#found?.pid, isChild: false };
    return await mayHappen(this.description.triggers, whom, { event, from, to }, this.#tools);
  }

  #schedule(event: EventName, reason: string, afterMs: number): void {
    this.#cancelSchedule?.();
    this.#cancelSchedule = this.#tools.clock.after(afterMs, () => {
      this.#cancelSchedule = undefined;
      this.#dispatchInLine(event, reason);
    });
  }

  #dispatchInLine(event: EventName, reason: string): void {
    void this.#inLine(async () => {
      await this.#dispatch(event, reason);
    });
  }

  /** Not while something is missing that it depends on, and not beside a start command that still runs. */
  get #canStart(): boolean {
    return this.#tools.mayStart() && this.#starter.atWork === undefined;
  }

  async #startInTurn(): Promise<void> {
    if (this.#canStart) await this.#start();
    else this.#postpone();
  }

  /** The ticks start it, once it can be. */
  #postpone(): void {
    const { dependsOn: until } = this.description;
    if (!this.#tools.mayStart()) this.#tools.emit({ type: "start-postponed", until });
    this.#starter.tellOfIt();
    this.#go("down");
  }

  async #start(): Promise<void> {
    const { preStartCommand, startCommand, daemonize, startGraceMs, onStartTimeout } =
      this.description;
    await this.#endRemains();
    if (preStartCommand)
      await runTold("pre_start", preStartCommand, Number.POSITIVE_INFINITY, this.#tools);
    this.#upMs = Number.POSITIVE_INFINITY;
    this.#heldBackUntilMs = undefined;
    this.#readiness?.begin();
    if (daemonize) await this.#launch(startCommand);
    else if ((await this.#starter.run()) === "late") {
      await this.#dispatch(onStartTimeout, "unspecified");
    } else await this.#recognize();
    // What says when it is ready is looked at until then.
    if (!this.description.notifyReady) this.#pause(startGraceMs);
  }

  /** Who is back from starting a daemon may have left its pid already; if not, there is the grace time for it. */
  async #recognize(): Promise<void> {
    const answer = await this.#source.ask();
    if (answer.kind !== "found") return;
    this.#found = answer.process;
    this.#tools.changed();
  }

  /**
   * A daemon that was there after its start command, and is no more: what is left of its grace time would only be time
   * without it. What we launch ourselves waits, so that a command that always fails is not run all the time.
   */
  get #isGoneAgain(): boolean {
    const isStarted = this.#state === "starting" && !this.description.daemonize;
    return isStarted && this.#found !== undefined && !isAlive(this.#found);
  }

  async #launch(command: Command): Promise<void> {
    const { emit, around } = this.#tools;
    emit({ type: "command-begins", name: "start", command: command.join(" ") });
    const why = whyNot(command[0], around);
    if (why !== undefined) {
      return emit({ type: "command-failed", name: "start", reason: why, output: "" });
    }
    const pidFile = this.#openPidFile();
    try {
      const { pid, ended } = launch(command, around, this.description, pidFile ?? "ignore");
      this.#found = pid === undefined ? undefined : findProcess(pid);
      this.#isPidFileUnsure = true;
      void ended.then(({ exit: { reason }, complaint }) => {
        if (pid !== undefined) emit({ type: "process-ended", pid, reason, complaint });
        else emit({ type: "command-failed", name: "start", reason, output: "" });
      });
    } finally {
      if (pidFile !== undefined) closeSync(pidFile);
    }
    this.#tools.changed();
  }

  async #endRemains(): Promise<void> {
    const gone = this.#gone;
    this.#gone = undefined;
    // Whoever has its number by now is a stranger.
    if (gone !== undefined && findProcess(gone.pid) === undefined)
      await endGroup(gone.pid, this.#tools);
  }

  #openPidFile(): number | undefined {
    try {
      return this.#source.open();
    } catch (error) {
      // It is known by its number all the same, as long as we live.
      this.#complainOfPidFile(error);
      return undefined;
    }
  }

  /** Where there was no room for the number when the process was started, there may be some now. */
  #mendPidFile({ pid }: FoundProcess): void {
    if (!this.#isPidFileUnsure) return;
    try {
      this.#source.mend(pid);
      this.#isPidFileUnsure = false;
      if (!this.#isPidFileBroken) return;
      this.#isPidFileBroken = false;
      this.#tools.emit({ type: "pid-file-written", path: this.description.pidFile });
    } catch (error) {
      this.#complainOfPidFile(error);
    }
  }

  /** Once, until it can be written again. */
  #complainOfPidFile(error: unknown): void {
    if (this.#isPidFileBroken) return;
    this.#isPidFileBroken = true;
    const { message: reason } = error as Error;
    this.#tools.emit({ type: "pid-file-unwritable", path: this.description.pidFile, reason });
  }

  /** Resolves with whether it is gone. */
  async #stop(): Promise<boolean> {
    const { daemonize, children } = this.description;
    if (!(await this.#isAlive())) await this.#starter.end();
    if (!(await this.#isAlive()) || this.#found === undefined) {
      await this.#endRemains();
      this.#source.clear(undefined);
      return true;
    }
    const found = this.#found;
    const below = children === undefined ? [] : belowOf(found.pid);
    if (!(await stop(this.description, found, this.#tools))) {
      this.#tools.emit({ type: "stop-failed", pid: found.pid });
      return false;
    }
    if (daemonize) await endGroup(found.pid, this.#tools);
    await endRest(found.pid, below, this.#tools);
    await this.#starter.end();
    this.#source.clear(found.pid);
    this.#found = undefined;
    this.#pausedUntilMs = Number.NEGATIVE_INFINITY;
    return true;
  }

  async #restart(): Promise<void> {
    const { restartCommand, restartGraceMs } = this.description;
    if (restartCommand === undefined) {
      // What does not go must not get a second one beside it.
      if (await this.#stop()) await this.#startInTurn();
      return;
    }
    if (!(await this.#isAlive())) return await this.#startInTurn();
    const command = withPid(restartCommand, this.#found?.pid);
    await runTold("restart", command, restartGraceMs, this.#tools);
    this.#pause(restartGraceMs);
  }

  /** Pauses add up, as in bluepill. */
  #pause(ms: number): void {
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, this.#tools.clock.nowMs()) + ms;
  }

  /** What keeps dying is started less and less often; what others must be up for waits for them. */
  #mayStartNow(): boolean {
    const { clock, emit } = this.#tools;
    if (!this.#canStart) return false;
    if (this.#backoff === undefined) return true;
    if (this.#heldBackUntilMs === undefined) {
      const delayMs = this.#backoff.delayMs(clock.nowMs() - this.#upMs);
      this.#heldBackUntilMs = clock.nowMs() + delayMs;
      if (delayMs > 0) emit({ type: "backing-off", delayMs });
    }
    return clock.nowMs() >= this.#heldBackUntilMs;
  }

  /** A number once found is believed until it is dead; then it is looked up again, at once: it may have a successor. */
  async #isAlive(): Promise<boolean> {
    const isCached = this.description.cacheActualPid && this.description.pidCommand === undefined;
    if (isCached && this.#found && isAlive(this.#found)) return true;
    const answer = await this.#source.ask();
    if (answer.kind === "found") {
      const { process } = answer;
      if (process.pid !== this.#found?.pid || process.startTicks !== this.#found.startTicks) {
        this.#found = process;
        this.#tools.changed();
      }
      this.#lastWhy = undefined;
      return true;
    }
    // A process that has lost its pid file is still the one that we started.
    if (this.#found && isAlive(this.#found)) return true;
    if (this.#found && this.description.daemonize) this.#gone = this.#found;
    this.#found = undefined;
    if (answer.why !== this.#lastWhy)
      this.#tools.emit({ type: "process-unknown", why: answer.why });
    this.#lastWhy = answer.why;
    return false;
  }
}
