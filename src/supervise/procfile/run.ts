import { setTimeout as wait } from "node:timers/promises";
import type { Emit } from "../../kit/index.ts";
import { type Exit, startChild, statOf } from "../../unix/index.ts";
import { type DaemonLine, daemonLineOf } from "./daemon-line.ts";
import type { UpFact } from "./facts.ts";
import { type FamilyName, familyOf, send, signalEach } from "./family.ts";
import { awaitDaemon, type Daemon, daemonIn, hasPidFile, isThere } from "./followed.ts";
import { LogTails } from "./log-tails.ts";
import type { Output } from "./output.ts";
import { OutputPipe } from "./pipe.ts";
import type { PlannedProcess } from "./plan.ts";
import type { ProcessCause } from "./states.ts";
import type { Sweeper } from "./sweeper.ts";

const POLL_MS = 25;
const FOLLOW_MS = 200;

/** What all processes of a Procfile share. */
export interface RunTools {
  readonly root: string;
  /** The environment of all of them. */
  readonly env: NodeJS.ProcessEnv;
  /** A private folder. */
  readonly folder: string;
  /** What this runner, and no other, marks its processes with. */
  readonly runId: string;
  /** From TERM to KILL. */
  readonly timeoutMs: number;
  readonly output: Output;
  readonly emit: Emit<UpFact>;
  readonly sweeper: Sweeper;
  /** Aborted when there is no time for grace any more. */
  readonly hurry: AbortSignal;
}

/** The variable that marks a process of ours, with all that it starts. */
export const MARK = "GOSSAMER_UP";

/** Who hears how a run goes. */
export interface RunListener {
  moved(cause: ProcessCause): void;
  /** What was started has ended; some of what it has started in turn may be left, and is ended now. */
  exited(exit: Exit): void;
}

/** One run of one process, from its start until nothing of it is left. */
export class Run {
  /** Resolves once nothing is left; never rejects. */
  readonly ended: Promise<Exit>;
  /** Of the command, or of the daemon that it has left behind. */
  pid: number | undefined;
  readonly #plan: PlannedProcess;
  readonly #tools: RunTools;
  readonly #listener: RunListener;
  readonly #stopped = new AbortController();
  readonly #family: FamilyName & { readonly groups: Set<number> };
  #daemon: Daemon | undefined;
  #ending: Promise<void> | undefined;

  constructor(plan: PlannedProcess, tools: RunTools, listener: RunListener) {
    this.#plan = plan;
    this.#tools = tools;
    this.#listener = listener;
    this.#family = { groups: new Set(), mark: `\0${MARK}=${this.#mark}\0` };
    this.ended = this.#live().catch((error: Error) => this.#notStarted(error));
  }

  /** TERM to all of it, then KILL to what is left after a while: `ended` tells when. */
  stop(): void {
    if (this.#stopped.signal.aborted) return;
    this.#stopped.abort();
    this.#listener.moved("stop");
    this.#ending ??= this.#climb();
  }

  /** Passes a signal on to the process itself. */
  signal(signal: NodeJS.Signals): void {
    if (this.pid !== undefined) send(this.pid, signal);
  }

  get #mark(): string {
    return `${this.#tools.runId}/${this.#plan.name}`;
  }

  async #live(): Promise<Exit> {
    const { name } = this.#plan;
    const { root, env, folder, output, hurry, emit } = this.#tools;
    const line = daemonLineOf(this.#plan, root, env);
    const tails = new LogTails(line?.logFiles ?? [], name, output);
    const pipe = new OutputPipe(folder, name, output);
    const beganMs = Date.now();
    const { exited } = this.#spawn(pipe);
    let exit = await exited;
    if (exit.code === 0 && line !== undefined) exit = await this.#afterDaemon(line, beganMs, exit);
    await pipe.quiet(hurry);
    emit({ type: "up-ended", process: name, exit });
    this.#listener.exited(exit);
    this.#ending ??= this.#climb();
    await this.#ending;
    this.#forget();
    tails.close();
    await pipe.close(hurry);
    return exit;
  }

  /** Without a pipe there is no process: no mkfifo, no room, too many open files. */
  #notStarted(error: Error): Exit {
    const exit = { reason: `could not be started: ${error.message}`, code: 127 };
    this.#tools.emit({ type: "up-ended", process: this.#plan.name, exit });
    this.#listener.exited(exit);
    return exit;
  }

  #spawn(pipe: OutputPipe): { readonly exited: Promise<Exit> } {
    const { name, command, environment } = this.#plan;
    const { root, env, emit } = this.#tools;
    const child = startChild("/bin/sh", ["-c", command], {
      cwd: root,
      env: { ...env, ...environment, PWD: root, [MARK]: this.#mark },
      detached: true,
      stdio: ["ignore", pipe.writeFd, pipe.writeFd],
    });
    pipe.handedOver();
    this.pid = child.pid;
    if (child.pid === undefined) return child;
    this.#watch(child.pid);
    emit({ type: "up-started", process: name, pid: child.pid });
    return child;
  }

  /** How the daemon ends that the command has left behind; `exit`, when it has left none. */
  async #afterDaemon(line: DaemonLine, sinceMs: number, exit: Exit): Promise<Exit> {
    if (this.#stopped.signal.aborted && !line.isSaid) return exit;
    this.#listener.moved("detach");
    let daemon = await awaitDaemon(line, {
      sinceMs,
      stopped: this.#stopped.signal,
      isSeen: () => this.#left().length > 0,
    });
    let last: Daemon | undefined;
    while (daemon !== undefined) {
      this.#follow(daemon);
      while (isThere(daemon)) await wait(FOLLOW_MS);
      last = daemon;
      // It may have replaced itself by another, as Unicorn does on USR2.
      daemon = this.#stopped.signal.aborted ? undefined : daemonIn(line, sinceMs);
    }
    if (last === undefined) return exit;
    return hasPidFile(last) && !this.#stopped.signal.aborted
      ? { reason: "gone, and has left its pid file", code: 1 }
      : { reason: "exit 0", code: 0 };
  }

  #follow(daemon: Daemon): void {
    const { pid, pidFile, groupId } = daemon;
    this.#daemon = daemon;
    this.pid = pid;
    this.#watch(pid);
    if (groupId !== ownGroup()) this.#watch(groupId);
    this.#listener.moved("follow");
    // It was told to end before anybody knew of it.
    if (this.#stopped.signal.aborted) this.#ending = this.#climb();
    this.#tools.emit({ type: "up-following", process: this.#plan.name, pid, pidFile });
  }

  /** Ends what is there of the family, and waits until it is gone. */
  async #climb(): Promise<void> {
    const { timeoutMs, hurry, emit } = this.#tools;
    const deadlineMs = performance.now() + timeoutMs;
    const asked = new Set<number>();
    let isForced = false;
    for (let left = this.#left(); left.length > 0; left = this.#left()) {
      if (hurry.aborted || performance.now() >= deadlineMs) {
        if (!isForced) emit({ type: "up-stopping", process: this.#plan.name, signal: "SIGKILL" });
        isForced = true;
        signalEach(left, "SIGKILL");
      } else this.#ask(left, asked);
      await wait(POLL_MS);
    }
  }

  /** A daemon ends its own workers; whoever has nobody to do that is asked by us. */
  #ask(left: readonly number[], asked: Set<number>): void {
    const daemon = this.#daemon?.pid;
    const first = daemon !== undefined && left.includes(daemon) ? [daemon] : left;
    const fresh = first.filter((pid) => !asked.has(pid));
    signalEach(fresh, "SIGTERM");
    for (const pid of fresh) asked.add(pid);
  }

  #left(): readonly number[] {
    const left = familyOf(this.#family);
    const daemon = this.#daemon;
    const isMissing = daemon !== undefined && !left.includes(daemon.pid) && isThere(daemon);
    return isMissing ? [daemon.pid, ...left] : left;
  }

  #watch(group: number): void {
    this.#family.groups.add(group);
    this.#tools.sweeper.watch(group);
  }

  #forget(): void {
    for (const group of this.#family.groups) this.#tools.sweeper.forget(group);
    this.#family.groups.clear();
    this.pid = undefined;
  }
}

let group: number | undefined;

/** Our own group, which is not a process' to be ended with. */
function ownGroup(): number | undefined {
  group ??= statOf(process.pid)?.groupId;
  return group;
}
