import { Backoff, type BackoffOptions, type Clock } from "../../kit/index.ts";
import type { Exit } from "../../unix/index.ts";
import type { PlannedProcess } from "./plan.ts";
import { Run, type RunTools } from "./run.ts";
import { nextState, type ProcessCause, type ProcessState } from "./states.ts";

/** What is to be done when a process ends by itself. */
export type Policy = "end-all" | "stay-down" | "restart";

export interface ProcessOptions {
  readonly policy: Policy;
  readonly backoff: Partial<BackoffOptions>;
  readonly clock: Clock;
  /** Hears, once nothing of it is left, that it is down by itself, and stays so. */
  readonly wentDown: (process: UpProcess, exit: Exit) => void;
  /** Hears at once that it has ended by itself. */
  readonly ended: (process: UpProcess, exit: Exit) => void;
}

/** How a process is, for people. */
export interface UpStatus {
  readonly name: string;
  readonly state: ProcessState;
  readonly pid: number | undefined;
  readonly port: number;
  /** Since its last start; undefined while it is down. */
  readonly upMs: number | undefined;
  /** How often it has been started again, by itself or by order. */
  readonly restarts: number;
}

/** One process of a Procfile, through all its runs. */
export class UpProcess {
  readonly plan: PlannedProcess;
  readonly policy: Policy;
  /** It is down because somebody wanted it to be. */
  isStopped = false;
  #state: ProcessState = "down";
  #run: Run | undefined;
  #startedAtMs = 0;
  #starts = 0;
  #cancelWait: () => void = () => {};
  readonly #tools: RunTools;
  readonly #options: ProcessOptions;
  readonly #backoff: Backoff;

  constructor(plan: PlannedProcess, tools: RunTools, options: ProcessOptions) {
    this.plan = plan;
    this.policy = options.policy;
    this.#tools = tools;
    this.#options = options;
    this.#backoff = new Backoff(options.backoff);
  }

  get isDown(): boolean {
    return this.#state === "down";
  }

  get status(): UpStatus {
    const isUp = this.#run !== undefined;
    return {
      name: this.plan.name,
      state: this.#state,
      pid: this.#run?.pid,
      port: this.plan.port,
      upMs: isUp ? this.#options.clock.nowMs() - this.#startedAtMs : undefined,
      restarts: Math.max(0, this.#starts - 1),
    };
  }

  /** Starts it, unless it runs. */
  start(): void {
    if (this.#run !== undefined) return;
    this.#cancelWait();
    this.isStopped = false;
    this.#starts += 1;
    this.#startedAtMs = this.#options.clock.nowMs();
    this.#move("start");
    let exit: Exit | undefined;
    const run = new Run(this.plan, this.#tools, {
      moved: (cause) => this.#move(cause),
      exited: (how) => {
        if (this.#state !== "stopping") exit = how;
        if (exit !== undefined && this.policy !== "restart") this.#options.ended(this, exit);
      },
    });
    this.#run = run;
    void run.ended.then(() => this.#over(exit));
  }

  /** Resolves once it is down, and nothing of it is left. */
  async stop(): Promise<void> {
    this.isStopped = true;
    this.#cancelWait();
    this.#move("stop");
    const run = this.#run;
    run?.stop();
    await run?.ended;
  }

  signal(signal: NodeJS.Signals): void {
    this.#run?.signal(signal);
  }

  /** `exit` is undefined when it was told to end. */
  #over(exit: Exit | undefined): void {
    this.#run = undefined;
    this.#move("gone");
    if (exit === undefined || this.isStopped) return;
    if (this.policy === "restart") this.#restartLater();
    else this.#options.wentDown(this, exit);
  }

  #restartLater(): void {
    const { clock } = this.#options;
    const delayMs = this.#backoff.delayMs(clock.nowMs() - this.#startedAtMs);
    this.#move("wait");
    this.#tools.emit({ type: "up-restarting", process: this.plan.name, delayMs });
    this.#cancelWait = clock.after(delayMs, () => this.start());
  }

  #move(cause: ProcessCause): void {
    this.#state = nextState(this.#state, cause);
  }
}
