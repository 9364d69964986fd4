import type { ProcessDescription } from "./description.ts";
import { type FoundProcess, isAlive } from "./found-process.ts";
import { belowOf, endRest } from "./rest.ts";
import { type CommandTools, type Outcome, runTold } from "./run-command.ts";
import { isGoneWithin, stop } from "./stop.ts";

interface StarterTools extends CommandTools {
  /** Told of each change, so that a successor of ours finds it where it is. */
  readonly changed: () => void;
}

/** How long what does not come to its end has between TERM and KILL. */
const INSIST_MS = 1_000;

/**
 * The command that starts what goes to the background by itself. One that takes longer than it may goes on: what it is to
 * start may well come, so it is not run a second time beside itself.
 */
export class Starter {
  readonly #description: Pick<ProcessDescription, "startCommand" | "startGraceMs" | "stopGraceMs">;
  readonly #tools: StarterTools;
  #process: FoundProcess | undefined;

  constructor(
    description: Pick<ProcessDescription, "startCommand" | "startGraceMs" | "stopGraceMs">,
    tools: StarterTools,
  ) {
    this.#description = description;
    this.#tools = tools;
  }

  /** Takes over what a predecessor of ours has begun. */
  adopt(process: FoundProcess | undefined): void {
    this.#process = process;
  }

  /** Undefined while none runs. */
  get atWork(): FoundProcess | undefined {
    return this.#process && isAlive(this.#process) ? this.#process : undefined;
  }

  /** Runs it to its end or its time. */
  async run(): Promise<Outcome["kind"]> {
    const { startCommand, startGraceMs } = this.#description;
    const kind = await runTold("start", startCommand, startGraceMs, this.#tools, (process) => {
      this.#process = process;
      this.#tools.changed();
    });
    this.tellOfIt();
    return kind;
  }

  /** Tells that it goes on, if it does. */
  tellOfIt(): void {
    const { atWork } = this;
    if (atWork !== undefined) this.#tools.emit({ type: "start-goes-on", pid: atWork.pid });
  }

  /** Leaves it its grace time, after which what it starts can be found; then ends it, with all below it. */
  async end(): Promise<void> {
    const { atWork } = this;
    const { stopGraceMs } = this.#description;
    if (atWork === undefined || (await isGoneWithin(stopGraceMs, atWork, this.#tools.clock)))
      return;
    const below = belowOf(atWork.pid);
    await stop({ stopGraceMs: INSIST_MS }, atWork, this.#tools);
    await endRest(atWork.pid, below, this.#tools);
  }
}
