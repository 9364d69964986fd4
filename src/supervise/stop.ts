import type { Clock } from "../kit/index.ts";
import type { Attended, Command, StopStep } from "./description.ts";
import { type FoundProcess, isAlive, signal } from "./found-process.ts";
import { type CommandTools, runTold } from "./run-command.ts";

/** How often is looked whether a process is gone: what ends in a moment is not waited for longer. */
const LOOK_MS = 50;
/** What is left of a grace time once TERM has been sent in its stead. */
const LAST_CHANCE_MS = 5_000;

/**
 * Ends `found` as `attended` says: by its stop command, by its signals, or by TERM. Every way is walked to its end, and
 * what survives a command or the TERM that nobody asked for is killed. Signals of the pill's end where it says, and that may
 * be before KILL. Resolves with whether the process is gone.
 */
export async function stop(
  attended: Pick<Attended, "stopCommand" | "stopSignals" | "stopGraceMs">,
  found: FoundProcess,
  tools: CommandTools,
): Promise<boolean> {
  const { stopCommand, stopSignals, stopGraceMs } = attended;
  if (stopCommand !== undefined) return await byCommand(stopCommand, stopGraceMs, found, tools);
  if (stopSignals !== undefined) return await climb(stopSignals, found, tools);
  return await climb([{ signal: "TERM", graceMs: stopGraceMs }, KILL], found, tools);
}

const KILL: StopStep = { signal: "KILL", graceMs: LAST_CHANCE_MS };

async function byCommand(
  command: Command,
  graceMs: number,
  found: FoundProcess,
  tools: CommandTools,
): Promise<boolean> {
  const { clock } = tools;
  const beganMs = clock.nowMs();
  const words = withPid(command, found.pid);
  await runTold("stop", words, graceMs, tools);
  const leftMs = graceMs - (clock.nowMs() - beganMs);
  if (await isGoneWithin(leftMs, found, clock)) return true;
  const insistMs = Math.min(graceMs, LAST_CHANCE_MS);
  return await climb([{ signal: "TERM", graceMs: insistMs }, KILL], found, tools);
}

async function climb(
  steps: readonly StopStep[],
  found: FoundProcess,
  { clock, emit }: CommandTools,
): Promise<boolean> {
  for (const step of steps) {
    const outcome = signal(found, step.signal);
    if (outcome === "gone") return true;
    const type = outcome === "sent" ? "signal-sent" : "signal-refused";
    emit({ type, signal: step.signal, pid: found.pid });
    if (await isGoneWithin(step.graceMs, found, clock)) return true;
  }
  return !isAlive(found);
}

/** Resolves with true as soon as the process is gone, with false when it is not after `ms`. */
export async function isGoneWithin(
  ms: number,
  found: FoundProcess,
  clock: Clock,
): Promise<boolean> {
  const endMs = clock.nowMs() + ms;
  while (isAlive(found)) {
    const leftMs = endMs - clock.nowMs();
    if (leftMs <= 0) return false;
    await new Promise<void>((resolve) => clock.after(Math.min(LOOK_MS, leftMs), resolve));
  }
  return true;
}

/** `command` with the number where `{{PID}}` stands. */
export function withPid([program, ...words]: Command, pid: number | undefined): Command {
  const text = pid === undefined ? "" : String(pid);
  return [
    program.replaceAll("{{PID}}", text),
    ...words.map((word) => word.replaceAll("{{PID}}", text)),
  ];
}
