import { descendantsOf } from "../unix/index.ts";
import { Check, lookAtDue, type Subject } from "./checks/index.ts";
import type { Attended, EventName } from "./description.ts";
import type { ProcessFact } from "./facts.ts";
import { Flapping } from "./flapping.ts";
import type { FoundProcess } from "./found-process.ts";
import type { TriggerWord } from "./pill/index.ts";
import type { ProcessTools } from "./process.ts";
import { runCommand } from "./run-command.ts";
import { next, type ProcessState } from "./states.ts";
import { stop, withPid } from "./stop.ts";
import { mayHappen } from "./triggers.ts";

export interface ChildStatus {
  readonly pid: number;
  readonly state: ProcessState;
}

/** What descends from a process, each with checks of its own. Who made them makes new ones, so none is started here. */
export class Children {
  readonly #attended: Attended;
  readonly #tools: ProcessTools;
  #children = new Map<number, Child>();

  constructor(attended: Attended, tools: ProcessTools) {
    this.#attended = attended;
    this.#tools = tools;
  }

  /** Forgets who is gone, takes up who is new, and runs the checks that are due. */
  look(parent: FoundProcess): void {
    const now = descendantsOf(parent.pid, this.#tools.table.all()).filter(
      ({ state }) => state !== "Z",
    );
    const before = this.#children;
    this.#children = new Map(
      now.map(({ pid, startTicks }) => {
        const known = before.get(pid);
        const isSame = known?.found.startTicks === startTicks;
        return [pid, isSame ? known : new Child({ pid, startTicks }, this.#attended, this.#tools)];
      }),
    );
    for (const [pid, child] of before) if (this.#children.get(pid) !== child) child.close();
    const added = [...this.#children.keys()].filter((pid) => !before.has(pid));
    const gone = [...before.keys()].filter((pid) => !this.#children.has(pid));
    if (added.length + gone.length > 0) {
      this.#tools.emit({ type: "children-changed", added, gone });
    }
    for (const child of this.#children.values()) child.tick();
  }

  /** Does what a trigger of the pill's own wants for the child with this number, if it is still there. */
  hear(wish: TriggerWord, pid: number): void {
    this.#children.get(pid)?.hear(wish);
  }

  get statuses(): readonly ChildStatus[] {
    return [...this.#children.values()].map(({ found, state }) => ({ pid: found.pid, state }));
  }

  clear(): void {
    for (const child of this.#children.values()) child.close();
    this.#children = new Map();
  }
}

class Child {
  readonly found: FoundProcess;
  state: ProcessState = "up";
  readonly #attended: Attended;
  readonly #tools: ProcessTools;
  readonly #checks: readonly Check[];
  readonly #flapping: Flapping | undefined;
  #cancelSchedule: (() => void) | undefined;
  #isClosed = false;

  constructor(found: FoundProcess, attended: Attended, tools: ProcessTools) {
    const { checks, flapping } = attended;
    this.found = found;
    this.#attended = attended;
    this.#tools = tools;
    this.#checks = checks.map((check) => new Check(check));
    this.#flapping = flapping && new Flapping(flapping, tools.clock);
  }

  tick(): void {
    const { clock, table, customs } = this.#tools;
    if (this.state !== "up") return;
    void this.#mayHappen("tick", "up");
    const subject: Subject = {
      process: this.found,
      all: () => table.all(),
      customs,
      isChild: true,
      clock,
    };
    const emit = (fact: ProcessFact): void => this.#emit(fact);
    lookAtDue(this.#checks, subject, emit, (check) => {
      if (this.state === "up") void this.#fire(check);
    });
  }

  /** Does what a trigger of the pill's own wants. */
  hear(wish: TriggerWord): void {
    if (wish.say === "log")
      this.#emit({ type: "trigger-said", level: wish.level, text: wish.text });
    else if (wish.say === "dispatch") void this.#carryOut(wish.event);
    else if (wish.say === "schedule") this.#schedule(wish.event, wish.afterMs);
    else this.#unschedule();
  }

  /** It is gone, or its process is: nothing more happens to it. */
  close(): void {
    this.#isClosed = true;
    this.#unschedule();
  }

  async #fire(check: Check): Promise<void> {
    const [event = "restart"] = check.fires;
    this.#emit({ type: "check-fired", check: check.description.name, event });
    await this.#carryOut(event);
  }

  async #carryOut(event: EventName): Promise<void> {
    if (this.#isClosed) return;
    if (this.state === "unmonitored" && event === "start") return this.#go("up");
    const to = this.state === "up" ? next("up", event) : undefined;
    if (to === undefined) return;
    if (event === "restart" && this.#flapping?.isTooMuch()) {
      return this.#leaveAlone(this.#flapping.retryInMs);
    }
    const isAllowed = await this.#mayHappen(event, to);
    // Meanwhile another check may have fired.
    if (!isAllowed || this.#isClosed || this.state !== "up") return;
    this.#go(to);
    if (event === "unmonitor") return this.#unschedule();
    if (event === "restart" && (await this.#runRestart())) return this.#go("up");
    if (!(await this.#stop())) this.#go("up");
  }

  /** False where there is no command for it: then it is stopped, as who has made it makes another one. */
  async #runRestart(): Promise<boolean> {
    const { clock, around } = this.#tools;
    const { restartCommand, restartGraceMs } = this.#attended;
    if (restartCommand === undefined) return false;
    await runCommand(withPid(restartCommand, this.found.pid), around, restartGraceMs, clock);
    return true;
  }

  async #stop(): Promise<boolean> {
    const { clock, around } = this.#tools;
    const emit = (fact: ProcessFact): void => this.#emit(fact);
    return await stop(this.#attended, this.found, { clock, around, emit });
  }

  /** It lives, and is looked at again after its time. */
  #leaveAlone(retryInMs: number): void {
    this.#emit({ type: "flapping", retryInMs });
    this.#go("unmonitored");
    if (retryInMs > 0) this.#schedule("start", retryInMs);
  }

  #schedule(event: EventName, afterMs: number): void {
    this.#unschedule();
    this.#cancelSchedule = this.#tools.clock.after(afterMs, () => void this.#carryOut(event));
  }

  #unschedule(): void {
    this.#cancelSchedule?.();
    this.#cancelSchedule = undefined;
  }

  async #mayHappen(event: string, to: ProcessState): Promise<boolean> {
    const { customs } = this.#tools;
    const { triggers } = this.#attended;
    const whom = { pid: this.found.pid, isChild: true };
    const emit = (fact: ProcessFact): void => this.#emit(fact);
    return await mayHappen(triggers, whom, { event, from: this.state, to }, { customs, emit });
  }

  #go(to: ProcessState): void {
    const from = this.state;
    this.state = to;
    for (const check of this.#checks) check.clear();
    this.#emit({ type: "state-changed", from, to });
  }

  #emit(fact: ProcessFact): void {
    this.#tools.emit(fact, this.found.pid);
  }
}
