import type { Clock } from "../kit/index.ts";
import { allProcesses, descendantsOf, type ProcessStat } from "../unix/index.ts";
import type { ProcessFact } from "./facts.ts";
import { type FoundProcess, isAlive, signal, signalGroup } from "./found-process.ts";

const GRACE_MS = 1_000;
const LOOK_MS = 50;

interface RestTools {
  readonly clock: Clock;
  readonly emit: (fact: ProcessFact) => void;
}

/** What is below a process now, which may be gone by the time that its rest is ended. */
export function belowOf(pid: number): readonly FoundProcess[] {
  const all = descendantsOf(pid, processesNow() ?? []);
  return all.filter((one) => one.state !== "Z" && one.pid !== process.pid);
}

/**
 * Ends what a daemon of ours has left in its group: TERM, and KILL after a second. Its own end is over by now, so what
 * is still there was forgotten by it.
 */
export async function endGroup(groupId: number, tools: RestTools): Promise<void> {
  await insist(groupId, tools, {
    isThere: () => hasMembers(groupId),
    send: (name) => signalGroup(groupId, name),
  });
}

/** The same for what was below `pid`, whatever group it is in. */
export async function endRest(
  pid: number,
  below: readonly FoundProcess[],
  tools: RestTools,
): Promise<void> {
  await insist(pid, tools, {
    isThere: () => below.some(isAlive),
    send: (name) => below.map((one) => signal(one, name)).includes("sent"),
  });
}

interface Rest {
  readonly isThere: () => boolean;
  /** False when nobody could be reached. */
  readonly send: (signal: string) => boolean;
}

async function insist(pid: number, { clock, emit }: RestTools, rest: Rest): Promise<void> {
  for (const name of ["TERM", "KILL"]) {
    if (!rest.isThere() || !rest.send(name)) return;
    emit({ type: "rest-ended", pid, signal: name });
    const endMs = clock.nowMs() + GRACE_MS;
    while (rest.isThere() && clock.nowMs() < endMs) {
      await new Promise<void>((resolve) => clock.after(LOOK_MS, resolve));
    }
  }
}

/** Zombies wait for somebody else. Where /proc cannot be read, whoever is there counts. */
function hasMembers(groupId: number): boolean {
  try {
    process.kill(-groupId, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
  return processesNow()?.some((one) => one.groupId === groupId && one.state !== "Z") ?? true;
}

function processesNow(): readonly ProcessStat[] | undefined {
  try {
    return allProcesses();
  } catch {
    // Too many files are open.
    return undefined;
  }
}
