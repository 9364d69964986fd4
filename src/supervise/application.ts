import type { Clock } from "../kit/index.ts";
import { keyOf } from "./changes.ts";
import type { Customs } from "./customs.ts";
import type { AppDescription, EventName, Notification, ProcessDescription } from "./description.ts";
import type { About, ProcessFact, SuperviseFact } from "./facts.ts";
import { isAlive } from "./found-process.ts";
import { Journal, type Memories } from "./journal.ts";
import { type Notice, wordsOf } from "./notice.ts";
import { notify } from "./notify.ts";
import type { GroupStatus } from "./orders.ts";
import type { TriggerWord } from "./pill/index.ts";
import { type Memory, SupervisedProcess } from "./process.ts";
import { ProcessTable } from "./process-table.ts";
import { surroundingsOf } from "./surroundings.ts";

/** What an application needs of who runs it. */
export interface ApplicationTools {
  readonly clock: Clock;
  readonly journalPath: string;
  readonly environment: NodeJS.ProcessEnv;
  /** The socket at which processes say how they are. */
  readonly noticePath: string;
  readonly customs: Customs;
  readonly emit: (fact: SuperviseFact) => void;
}

/** How often is looked whether everything is up. */
const TICK_MS = 1_000;
/** So often may strangers be heard of: anybody can write to the socket. */
const STRANGER_EVERY_MS = 10_000;

/** All processes of one application, and the clock that drives them. */
export class Application {
  readonly #tools: ApplicationTools;
  readonly #name: string;
  readonly #processes: readonly SupervisedProcess[];
  readonly #journal: Journal;
  readonly #notifications: readonly Notification[];
  #cancelTick: (() => void) | undefined;
  #isChanged = false;
  #isEnded = false;
  #isJournalBroken = false;
  #strangerMs = Number.NEGATIVE_INFINITY;

  /** Throws IdentityError when a process is to run as somebody that the system does not know. */
  constructor({ name, processes, notifications }: AppDescription, tools: ApplicationTools) {
    this.#tools = tools;
    this.#name = name;
    this.#notifications = notifications;
    this.#journal = new Journal(tools.journalPath);
    const table = new ProcessTable(tools.clock);
    this.#processes = processes.map((one) => this.#supervised(one, table));
  }

  /** Takes over what runs, and looks after everything from now on. */
  async begin(): Promise<void> {
    const memories = this.#journal.read();
    await Promise.all(
      this.#processes.map((one) => one.begin(memories.get(keyOf(one.description)))),
    );
    this.#tell({ type: "daemon-up", pid: process.pid, processes: this.#processes.length });
    this.#tick(this.#tools.clock.nowMs());
  }

  /**
   * Does what is ordered to all processes that `target` names; resolves with their names once it is done. Groups begin
   * and restart one after the other; within one, processes go side by side unless the pill says otherwise.
   */
  async carryOut(event: EventName, target: readonly string[]): Promise<readonly string[]> {
    const groups = this.#select(target);
    const all = groups.flatMap(([, processes]) => processes);
    this.#tell({ type: "order-given", order: [event, ...target].join(" ") });
    if (event === "unmonitor") await toGroup(event, all);
    else if (event === "stop") for (const some of inStopOrder(all)) await toGroup(event, some);
    else for (const [, processes] of groups) await toGroup(event, processes);
    this.#write();
    return all.map(({ description }) => keyOf(description));
  }

  /** Where everything is that `target` names, in the order of the pill. */
  status(target: readonly string[]): readonly GroupStatus[] {
    return this.#select(target).map(([group, processes]) => ({
      group: group ?? null,
      processes: processes.map((one) => one.status),
    }));
  }

  /** Passes on what a trigger of the pill's own wants. What one wants for a child is the concern of its process. */
  hear(wish: TriggerWord): void {
    const owner = this.#processes.find(({ description: { triggers, children } }) =>
      [...triggers, ...(children?.triggers ?? [])].some(({ id }) => id === wish.id),
    );
    owner?.hear(wish);
  }

  /** Passes on what a process says of itself. Only what is of a process of ours, or below one, is believed. */
  hearOfItself(notice: Notice): void {
    const [nearest] = [...notice.pids, notice.session].flatMap(
      (pid) => this.#processes.find((one) => one.isKnownAs(pid)) ?? [],
    );
    if (nearest !== undefined) nearest.hearOfItself(notice);
    else if (!this.#processes.map((one) => one.keepForLater(notice)).includes(true)) {
      this.#hearStranger(notice);
    }
  }

  /** Leaves all processes as they are, and looks after them no more: who comes next goes by the pid files. */
  end(): void {
    if (this.#isEnded) return;
    this.#tell({ type: "daemon-ending" });
    const left = this.#processes.flatMap((one): readonly (readonly [string, Memory])[] => {
      const { found, starter } = one.memory;
      if (![found, starter].some((each) => each !== undefined && isAlive(each))) return [];
      return [[keyOf(one.description), { ...one.memory, ...LEFT }]];
    });
    this.abandon();
    this.#leave(new Map(left));
  }

  /** Does nothing more, and leaves everything as it is for a successor, as if this process had been killed. */
  abandon(): void {
    this.#isEnded = true;
    this.#cancelTick?.();
    for (const one of this.#processes) one.close();
  }

  #supervised(description: ProcessDescription, table: ProcessTable): SupervisedProcess {
    const { clock, customs, environment, noticePath } = this.#tools;
    const about: About = { app: this.#name, group: description.group, process: description.name };
    const process: SupervisedProcess = new SupervisedProcess(description, {
      clock,
      customs,
      table,
      around: surroundingsOf(description, environment, noticePath),
      emit: (fact: ProcessFact, child?: number) => {
        this.#tools.emit({ ...about, child, ...fact } as SuperviseFact);
        if (child === undefined && fact.type === "state-changed")
          this.#notify(process, fact.from, fact.to);
      },
      mayStart: () => this.#areUp(description.dependsOn),
      changed: () => this.#change(),
    });
    return process;
  }

  #hearStranger(notice: Notice): void {
    const nowMs = this.#tools.clock.nowMs();
    if (nowMs - this.#strangerMs < STRANGER_EVERY_MS) return;
    this.#strangerMs = nowMs;
    this.#tell({ type: "stranger-said", pid: notice.pids[0] ?? 0, words: wordsOf(notice) });
  }

  #notify({ status }: SupervisedProcess, from: string, to: string): void {
    const { environment, clock } = this.#tools;
    const { group, name, pid } = status;
    const change = { app: this.#name, group, process: name, from, to, pid };
    for (const one of this.#notifications.filter(({ states }) => states.includes(to))) {
      notify(one, change, environment, clock).catch(({ message: reason }: Error) =>
        this.#tell({ type: "notification-failed", reason }),
      );
    }
  }

  #areUp(names: readonly string[]): boolean {
    return this.#processes
      .filter(({ description }) => names.includes(description.name))
      .every(({ state }) => state === "up");
  }

  #tick(dueMs: number): void {
    if (this.#isEnded) return;
    for (const one of this.#processes) one.tick();
    if (this.#isJournalBroken) this.#write();
    const nowMs = this.#tools.clock.nowMs();
    // After a stop of the whole machine there is nothing to make up for.
    const nextMs = Math.max(dueMs + TICK_MS, nowMs);
    this.#cancelTick = this.#tools.clock.after(nextMs - nowMs, () => this.#tick(nextMs));
  }

  /** What changes in one turn is written once, at its end. */
  #change(): void {
    if (this.#isChanged) return;
    this.#isChanged = true;
    queueMicrotask(() => this.#write());
  }

  #write(): void {
    this.#isChanged = false;
    if (this.#isEnded) return;
    const memories = this.#processes.map((one) => [keyOf(one.description), one.memory] as const);
    try {
      const isNew = this.#journal.write(new Map(memories));
      if (!isNew || !this.#isJournalBroken) return;
      this.#isJournalBroken = false;
      this.#tell({ type: "journal-written", path: this.#tools.journalPath });
    } catch (error) {
      if (this.#isJournalBroken) return;
      this.#isJournalBroken = true;
      const { message: reason } = error as Error;
      this.#tell({ type: "journal-unwritable", path: this.#tools.journalPath, reason });
    }
  }

  /** An old page would tell a successor that this daemon was killed. */
  #leave(memories: Memories): void {
    try {
      if (memories.size > 0) this.#journal.write(memories);
      else this.#journal.remove();
    } catch {
      // There is no room for it: the successor has to go by the pid files alone.
      this.#journal.remove();
    }
  }

  /** No target is all; one word is a group, or a name in any group; two are a group and a name in it. */
  #select(target: readonly string[]): readonly Group[] {
    const [first, second] = target;
    const groups = this.#groups();
    if (first === undefined) return groups;
    const group = groups.filter(([name]) => name === first);
    if (second !== undefined) return group.map((one) => only(second, one));
    return group.length > 0 ? group : groups.map((one) => only(first, one));
  }

  #groups(): readonly Group[] {
    const groups = new Map<string | undefined, SupervisedProcess[]>();
    for (const one of this.#processes) {
      const { group } = one.description;
      groups.set(group, [...(groups.get(group) ?? []), one]);
    }
    return [...groups];
  }

  #tell(fact: ProcessFact): void {
    this.#tools.emit({ app: this.#name, ...fact } as SuperviseFact);
  }
}

type Group = readonly [name: string | undefined, processes: readonly SupervisedProcess[]];

function only(name: string, [group, processes]: Group): Group {
  return [group, processes.filter(({ description }) => description.name === name)];
}

async function toGroup(event: EventName, processes: readonly SupervisedProcess[]): Promise<void> {
  const isBeside = ({ description }: SupervisedProcess) => description.besideOthers[event];
  const beside = processes.filter(isBeside).map((one) => one.order(event, BY_USER));
  for (const one of processes.filter((each) => !isBeside(each))) await one.order(event, BY_USER);
  await Promise.all(beside);
}

/** What others depend on ends after them: they may need it until then. */
function inStopOrder(
  processes: readonly SupervisedProcess[],
): readonly (readonly SupervisedProcess[])[] {
  if (processes.length === 0) return [];
  const needed = new Set(processes.flatMap(({ description }) => description.dependsOn));
  const last = processes.filter(({ description }) => needed.has(description.name));
  const first = processes.filter((one) => !last.includes(one));
  return first.length === 0 ? [processes] : [first, ...inStopOrder(last)];
}

const BY_USER = "user initiated";
const LEFT = { isMonitored: true, isStopping: false, isLeft: true } as const;
