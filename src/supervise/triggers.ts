import type { Customs } from "./customs.ts";
import type { TriggerDescription } from "./description.ts";
import type { ProcessFact } from "./facts.ts";

/** Whom a transition is about: undefined for a process that does not run. */
interface Whom {
  readonly pid: number | undefined;
  readonly isChild: boolean;
}

/** What is about to happen, or nothing but a look: `tick` from a state to itself. */
interface Transition {
  readonly event: string;
  readonly from: string;
  readonly to: string;
}

/** So long may a trigger of the pill's own take. */
const TIMEOUT_MS = 5_000;

/**
 * Asks the triggers that the pill defines, one after the other, whether something may happen. One that does not answer,
 * or fails, has nothing against it, and is told of.
 */
export async function mayHappen(
  triggers: readonly TriggerDescription[],
  whom: Whom,
  transition: Transition,
  { customs, emit }: { readonly customs: Customs; readonly emit: (fact: ProcessFact) => void },
): Promise<boolean> {
  for (const { id, name } of triggers) {
    try {
      if (!(await customs.notify(id, whom, transition, TIMEOUT_MS))) return false;
    } catch (error) {
      const { message: reason } = error as Error;
      emit({ type: "trigger-failed", trigger: name, reason });
    }
  }
  return true;
}
