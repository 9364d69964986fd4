import type { Clock } from "../kit/index.ts";
import { allProcesses } from "../unix/index.ts";
import type { ProcessFact } from "./facts.ts";
import { signalGroup } from "./found-process.ts";

const GRACE_MS = 1_000;
const LOOK_MS = 50;

/**
 * Ends what a daemon of ours has left in its group: TERM, and KILL after a second. Its own end is over by now, so what
 * is still there was forgotten by it.
 */
export async function endGroup(
  groupId: number,
  { clock, emit }: { readonly clock: Clock; readonly emit: (fact: ProcessFact) => void },
): Promise<void> {
  for (const signal of ["TERM", "KILL"]) {
    if (!hasMembers(groupId) || !signalGroup(groupId, signal)) return;
    emit({ type: "rest-ended", pid: groupId, signal });
    const endMs = clock.nowMs() + GRACE_MS;
    while (hasMembers(groupId) && clock.nowMs() < endMs) {
      await new Promise<void>((resolve) => clock.after(LOOK_MS, resolve));
    }
  }
}

/** Zombies wait for somebody else. Where /proc cannot be read, whoever is there counts. */
function hasMembers(groupId: number): boolean {
  try {
    process.kill(-groupId, 0);
    return allProcesses().some((one) => one.groupId === groupId && one.state !== "Z");
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
