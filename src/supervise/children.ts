import { descendantsOf } from "../unix/index.ts";
import { Check, lookAtDue, type Subject } from "./checks/index.ts";
import type { Attended, EventName } from "./description.ts";
import type { ProcessFact } from "./facts.ts";
import type { FoundProcess } from "./found-process.ts";
import type { ProcessTools } from "./process.ts";
import { runCommand } from "./run-command.ts";
import type { ProcessState } from "./states.ts";
import { stop, withPid } from "./stop.ts";

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
    const added = [...this.#children.keys()].filter((pid) => !before.has(pid));
    const gone = [...before.keys()].filter((pid) => !this.#children.has(pid));
    if (added.length + gone.length > 0) {
      this.#tools.emit({ type: "children-changed", added, gone });
    }
    for (const child of this.#children.values()) child.tick();
  }

  get statuses(): readonly ChildStatus[] {
    return [...this.#children.values()].map(({ found, state }) => ({ pid: found.pid, state }));
  }

  clear(): void {
    this.#children = new Map();
  }
}

class Child {
  readonly found: FoundProcess;
  state: ProcessState = "up";
  readonly #attended: Attended;
  readonly #tools: ProcessTools;
  readonly #checks: readonly Check[];

  constructor(found: FoundProcess, attended: Attended, tools: ProcessTools) {
    this.found = found;
    this.#attended = attended;
    this.#tools = tools;
    this.#checks = attended.checks.map((check) => new Check(check));
  }

  tick(): void {
    const { clock, table, customs } = this.#tools;
    if (this.state !== "up") return;
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

  async #fire(check: Check): Promise<void> {
    const [event = "restart"] = check.fires;
    this.#emit({ type: "check-fired", check: check.description.name, event });
    await this.#carryOut(event);
  }

  async #carryOut(event: EventName): Promise<void> {
    const { clock, around } = this.#tools;
    const { restartCommand, restartGraceMs } = this.#attended;
    switch (event) {
      case "start":
        return;
      case "unmonitor":
        this.#go("unmonitored");
        return;
      case "restart":
        if (restartCommand !== undefined) {
          this.#go("restarting");
          const command = withPid(restartCommand, this.found.pid);
          await runCommand(command, around, restartGraceMs, clock);
          return this.#go("up");
        }
        break;
      case "stop":
        break;
    }
    this.#go("stopping");
    const emit = (fact: ProcessFact): void => this.#emit(fact);
    const isGone = await stop(this.#attended, this.found, { clock, around, emit });
    if (!isGone) this.#go("up");
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
