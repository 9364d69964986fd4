import { systemClock } from "../kit/index.ts";
import { upLine } from "../observe/index.ts";
import type { Output, PlannedProcess, UpFact } from "../supervise/index.ts";

const SYSTEM = "system";
/** Of names that follow each other, the colours differ. */
const COLOURS: readonly number[] = [36, 33, 32, 35, 31, 34, 96, 93, 92, 95, 91, 94];
const SYSTEM_COLOUR = 97;

export interface PrinterOptions {
  readonly processes: readonly PlannedProcess[];
  readonly hasTime: boolean;
  readonly hasColour: boolean;
}

/** What a printer needs of standard output. */
export type Console = NodeJS.WriteStream & {
  /** Node has it; its types forgot. */
  readonly _handle?: { setBlocking?(isBlocking: boolean): void };
};

/** Writes the lines of all processes to standard output, each with the time and its process' name before it. */
export class UpPrinter implements Output {
  readonly #stream: Console;
  readonly #options: PrinterOptions;
  readonly #width: number;
  readonly #colours: ReadonlyMap<string, number>;
  #isBroken = false;
  #drained: Promise<void> | undefined;

  /** `broken` hears when nobody reads any more. */
  constructor(stream: Console, options: PrinterOptions, broken: () => void) {
    this.#stream = stream;
    this.#options = options;
    this.#width = Math.max(SYSTEM.length, ...options.processes.map(({ name }) => name.length));
    this.#colours = coloursOf(options.processes);
    // A reader that has stopped must not stop us: who waits in a write hears no signal.
    stream._handle?.setBlocking?.(false);
    stream.on("error", () => {
      this.#isBroken = true;
      broken();
    });
  }

  write(process: string, lines: readonly Buffer[]): boolean {
    if (lines.length === 0 || this.#isBroken) return !this.#stream.writableNeedDrain;
    const prefix = this.#prefix(process);
    return this.#stream.write(Buffer.concat(lines.flatMap((line) => [prefix, line, NEWLINE])));
  }

  async drained(): Promise<void> {
    if (this.#isBroken || !this.#stream.writableNeedDrain) return;
    this.#drained ??= new Promise((resolve) => {
      const go = (): void => {
        this.#drained = undefined;
        resolve();
      };
      this.#stream.once("drain", go).once("close", go);
    });
    await this.#drained;
  }

  /** Writes the line for a fact. */
  tell(fact: UpFact): void {
    const { process, text } = upLine(fact);
    this.write(process, [Buffer.from(text)]);
  }

  /** Resolves once all of it has been read, or nobody does any more; or when `signal` says that it is enough. */
  async flush(signal: AbortSignal): Promise<void> {
    if (this.#isBroken || signal.aborted) return;
    await new Promise<void>((resolve) => {
      signal.addEventListener("abort", () => resolve());
      this.#stream.write("", () => resolve());
    });
  }

  #prefix(process: string): Buffer {
    const time = this.#options.hasTime ? `${timeOf(systemClock.wallMs())} ` : "";
    const plain = `${time}${process.padEnd(this.#width)} | `;
    const colour = this.#colours.get(process.replace(/\.\d+$/, "")) ?? SYSTEM_COLOUR;
    return Buffer.from(this.#options.hasColour ? `\x1b[${colour}m${plain}\x1b[0m` : plain);
  }
}

const NEWLINE = Buffer.from("\n");

function coloursOf(processes: readonly PlannedProcess[]): ReadonlyMap<string, number> {
  const types = [...new Set(processes.map(({ type }) => type))];
  return new Map(types.map((type, index) => [type, COLOURS[index % COLOURS.length] ?? 0]));
}

/** `HH:MM:SS`, as the clock on the wall shows it. */
function timeOf(wallMs: number): string {
  const time = new Date(wallMs);
  const parts = [time.getHours(), time.getMinutes(), time.getSeconds()];
  return parts.map((part) => String(part).padStart(2, "0")).join(":");
}
