import { closeSync, mkdtempSync, openSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../kit/index.ts";
import { type Exit, startChild } from "../unix/index.ts";
import type { Command } from "./description.ts";
import type { CommandName, ProcessFact } from "./facts.ts";
import { type FoundProcess, findProcess } from "./found-process.ts";
import { as } from "./launch.ts";
import type { Surroundings } from "./surroundings.ts";

/** How a command went: what it printed is kept as far as it is worth reading. */
export type Outcome =
  | { readonly kind: "ended"; readonly exit: Exit; readonly output: string }
  /** It took longer than it may, and goes on. */
  | { readonly kind: "late" };

const OUTPUT_LIMIT_BYTES = 4_096;

/** Hears which process it is, as soon as it has begun; undefined when it has not. */
type Begun = (process: FoundProcess | undefined) => void;

/**
 * Runs `command` until it ends, but waits no longer than `timeoutMs`. Its output goes to a file that has no name any more,
 * and not to a pipe: a server that the command leaves behind may write to it for ever, also when we are gone.
 */
export async function runCommand(
  command: Command,
  around: Surroundings,
  timeoutMs: number,
  clock: Clock,
  begun: Begun = () => {},
): Promise<Outcome> {
  const output = outputFile();
  try {
    const { umask } = around;
    const words: Command =
      umask === undefined
        ? command
        : ["/bin/sh", "-c", `umask ${umask.toString(8)}; exec "$@"`, "sh", ...command];
    const [program, ...args] = as(around.ids, words);
    const child = startChild(program, args, {
      cwd: around.workingDir,
      env: around.environment,
      stdio: ["ignore", output ?? "ignore", output ?? "ignore"],
    });
    begun(child.pid === undefined ? undefined : findProcess(child.pid));
    const exit = await within(timeoutMs, child.exited, clock);
    if (exit === undefined) return { kind: "late" };
    return { kind: "ended", exit, output: output === undefined ? "" : beginningOf(output) };
  } finally {
    if (output !== undefined) closeSync(output);
  }
}

/** What is needed to run a command and to tell how it went. */
export interface CommandTools {
  readonly around: Surroundings;
  readonly clock: Clock;
  readonly emit: (fact: ProcessFact) => void;
}

/** Runs a command to its end or its time, and tells what becomes of it; resolves with which of the two it was. */
export async function runTold(
  name: CommandName,
  command: Command,
  timeoutMs: number,
  { around, clock, emit }: CommandTools,
  begun?: Begun,
): Promise<Outcome["kind"]> {
  emit({ type: "command-begins", name, command: command.join(" ") });
  const running = runCommand(command, around, timeoutMs, clock, begun);
  const outcome = await running.catch(couldNotRun);
  if (outcome.kind === "late") emit({ type: "command-late", name, afterMs: timeoutMs });
  else if (outcome.exit.code !== 0) {
    const { exit, output } = outcome;
    emit({ type: "command-failed", name, reason: exit.reason, output });
  }
  return outcome.kind;
}

/** The system has not even tried: out of memory, a word that is too long. What was to follow must follow all the same. */
function couldNotRun({ message }: Error): Outcome {
  const exit: Exit = { reason: `could not be started: ${message}`, code: 127 };
  return { kind: "ended", exit, output: "" };
}

/** What `promise` resolves with; undefined when that takes longer than `ms`. */
function within<T>(ms: number, promise: Promise<T>, clock: Clock): Promise<T | undefined> {
  if (ms === Number.POSITIVE_INFINITY) return promise;
  return new Promise((resolve) => {
    const cancel = clock.after(ms, () => resolve(undefined));
    void promise.then((value) => {
      cancel();
      resolve(value);
    });
  });
}

/** A command must run also where there is no room for what it says. */
function outputFile(): number | undefined {
  try {
    return namelessFile();
  } catch {
    return undefined;
  }
}

function namelessFile(): number {
  const folder = mkdtempSync(join(tmpdir(), "gossamer-output-"));
  try {
    return openSync(join(folder, "output"), "ax+", 0o600);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function beginningOf(file: number): string {
  const bytes = Buffer.alloc(OUTPUT_LIMIT_BYTES);
  return bytes.toString("utf8", 0, readSync(file, bytes, 0, OUTPUT_LIMIT_BYTES, 0)).trim();
}
