import { isRunning, statOf } from "../unix/index.ts";

/** A process that cannot be mistaken: numbers are given out again, but not with the same beginning. */
export interface FoundProcess {
  readonly pid: number;
  readonly startTicks: number;
}

/** The process that has this number now; undefined when none has, or only a zombie. */
export function findProcess(pid: number): FoundProcess | undefined {
  const found = statOf(pid);
  if (found === undefined || found.state === "Z") return undefined;
  return { pid, startTicks: found.startTicks };
}

/**
 * Whether it still runs, and is not another with its number. Where /proc tells nothing, as when too many files are open,
 * a process that can be signalled counts as alive: a second one beside it would be worse.
 */
export function isAlive({ pid, startTicks }: FoundProcess): boolean {
  const now = statOf(pid);
  if (now === undefined) return isRunning(pid);
  return now.state !== "Z" && now.startTicks === startTicks;
}

/** Whether both are one process. */
export function isSame(one: FoundProcess, other: FoundProcess | undefined): boolean {
  return one.pid === other?.pid && one.startTicks === other.startTicks;
}

/** What became of a signal. */
export type Signalled = "sent" | "gone" | "refused";

/** Sends `signal` to the process, but never to another that has its number by now. */
export function signal(found: FoundProcess, name: string): Signalled {
  if (!isAlive(found)) return "gone";
  try {
    process.kill(found.pid, signalOf(name));
    return "sent";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH" ? "gone" : "refused";
  }
}

/** Sends `signal` to every process of a group; false when there is none in it. */
export function signalGroup(groupId: number, name: string): boolean {
  try {
    process.kill(-groupId, signalOf(name));
    return true;
  } catch {
    // Nobody is there, or nobody that is ours.
    return false;
  }
}

/** `quit`, `QUIT` and `SIGQUIT` are the same. */
function signalOf(name: string): NodeJS.Signals {
  return `SIG${name.toUpperCase().replace(/^SIG/, "")}` as NodeJS.Signals;
}
