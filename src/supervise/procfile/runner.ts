import { rmSync } from "node:fs";
import { basename, join } from "node:path";
import { CONTROL_SOCKET, LineHost } from "../../control/index.ts";
import { type BackoffOptions, type Clock, deferred, type Emit } from "../../kit/index.ts";
import type { Exit } from "../../unix/index.ts";
import type { UpFact } from "./facts.ts";
import { type UpOrder, type UpReply, upOrderIn } from "./orders.ts";
import type { Output } from "./output.ts";
import { makeRunFolder } from "./place.ts";
import { mustBeThere, type Plan } from "./plan.ts";
import { type Policy, UpProcess } from "./process.ts";
import { MARK } from "./run.ts";
import { Sweeper } from "./sweeper.ts";

/** An order names some processes; whoever sends more than this is not a command of ours. */
const LIMIT_BYTES = 65_536;

export interface RunnerOptions {
  readonly plan: Plan;
  /** What messages call the Procfile. */
  readonly file: string;
  /** The environment of all processes. */
  readonly env: NodeJS.ProcessEnv;
  /** From TERM to KILL. */
  readonly timeoutMs: number;
  /** What is done when a process of that type ends by itself. */
  readonly policyOf: (type: string) => Policy;
  readonly backoff: Partial<BackoffOptions>;
  readonly output: Output;
  readonly emit: Emit<UpFact>;
  readonly clock: Clock;
}

/** Runs the processes of a Procfile, until one ends that must not, or somebody says so. */
export class Runner {
  readonly #options: RunnerOptions;
  readonly #processes: readonly UpProcess[];
  readonly #hurry = new AbortController();
  readonly #over = deferred();
  readonly #folder: string;
  readonly #sweeper: Sweeper;
  #code: number | undefined;
  #isEnding = false;

  /** Makes a private folder, and a shell that cleans up after us. Nothing is started yet. */
  constructor(options: RunnerOptions) {
    const { plan, env, timeoutMs, output, emit, clock, backoff } = options;
    this.#options = options;
    this.#folder = makeRunFolder(plan.root);
    const folder = this.#folder;
    const runId = basename(folder);
    this.#sweeper = new Sweeper({ folder, mark: `${MARK}=${runId}/`, timeoutMs });
    const sweeper = this.#sweeper;
    const hurry = this.#hurry.signal;
    const tools = { root: plan.root, env, folder, runId, timeoutMs, output, emit, sweeper, hurry };
    this.#processes = plan.processes.map(
      (one) =>
        new UpProcess(one, tools, {
          policy: options.policyOf(one.type),
          backoff,
          clock,
          ended: (process, exit) => this.#ended(process, exit),
          wentDown: (_, exit) => this.#wentDown(exit),
        }),
    );
  }

  /** Aborted when there is no more patience: not for processes, and not for whoever reads what they print. */
  get hurry(): AbortSignal {
    return this.#hurry.signal;
  }

  /** Starts every process; resolves with the exit code once nothing of them is left. Rejects when it takes no orders. */
  async run(): Promise<number> {
    const path = join(this.#folder, CONTROL_SOCKET);
    const host = new LineHost(path, {
      limitBytes: LIMIT_BYTES,
      answer: (line) => this.#answer(line),
    });
    try {
      await host.listening;
      if (!this.#isEnding) for (const process of this.#processes) process.start();
      await this.#over.promise;
      await Promise.all(this.#processes.map((process) => process.stop()));
    } finally {
      host.close();
      rmSync(this.#folder, { recursive: true, force: true });
      this.#sweeper.close();
    }
    return this.#code ?? 0;
  }

  /** Ends all of them gracefully. */
  stop(): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#options.emit({ type: "up-stopping-all", signal: "SIGTERM" });
    // By then all of them have been killed, and what they have printed has had as long again to be read.
    this.#options.clock.after(2 * this.#options.timeoutMs, () => this.#hurry.abort());
    this.#over.resolve();
  }

  /** Ends all of them now. */
  kill(): void {
    if (this.#hurry.signal.aborted) return;
    this.#options.emit({ type: "up-stopping-all", signal: "SIGKILL" });
    this.#hurry.abort();
    this.#isEnding = true;
    this.#over.resolve();
  }

  /** Passes a signal on to all of them. */
  forward(signal: NodeJS.Signals): void {
    this.#options.emit({ type: "up-forwarding", signal });
    for (const process of this.#processes) process.signal(signal);
  }

  async #answer(line: string): Promise<string> {
    return JSON.stringify(await this.#reply(line));
  }

  async #reply(line: string): Promise<UpReply> {
    const order = upOrderIn(line);
    if (order === undefined) return { reply: "failed", message: "This is no order of ours." };
    try {
      return await this.#carryOut(order);
    } catch (error) {
      return { reply: "failed", message: error instanceof Error ? error.message : String(error) };
    }
  }

  async #carryOut(order: UpOrder): Promise<UpReply> {
    if (order.order === "status") {
      return { reply: "status", processes: this.#processes.map(({ status }) => status) };
    }
    if (this.#isEnding) return { reply: "failed", message: "All of it is being stopped." };
    const chosen = this.#named(order.processes);
    switch (order.order) {
      case "start":
        for (const process of chosen) process.start();
        break;
      case "stop":
        await Promise.all(chosen.map((process) => process.stop()));
        break;
      case "restart":
        await Promise.all(chosen.map((process) => this.#restart(process)));
    }
    return { reply: "done" };
  }

  async #restart(process: UpProcess): Promise<void> {
    await process.stop();
    if (!this.#isEnding) process.start();
  }

  #named(names: readonly string[]): readonly UpProcess[] {
    if (names.length === 0) return this.#processes;
    return [...new Set(names.flatMap((name) => this.#oneNamed(name)))];
  }

  #oneNamed(name: string): readonly UpProcess[] {
    const found = this.#processes.filter(({ plan }) => plan.name === name || plan.type === name);
    const types = [...new Set(this.#processes.map(({ plan }) => plan.type))];
    if (found.length === 0) mustBeThere(name, types, this.#options.file);
    return found;
  }

  #ended({ policy }: UpProcess, exit: Exit): void {
    if (policy !== "end-all" || this.#isEnding) return;
    this.#code = exit.code;
    this.stop();
  }

  /** With nothing left that runs, or that somebody could want to start again, it is over. */
  #wentDown(exit: Exit): void {
    if (this.#isEnding) return;
    if (exit.code !== 0) this.#code ??= exit.code;
    if (!this.#processes.every(({ isDown, isStopped }) => isDown && !isStopped)) return;
    this.#isEnding = true;
    this.#over.resolve();
  }
}
