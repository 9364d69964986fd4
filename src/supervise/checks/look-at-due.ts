import type { ProcessFact } from "../facts.ts";
import type { Check } from "./check.ts";
import type { Subject } from "./measure.ts";

/**
 * Takes a sample of each of `checks` that is due, tells of it, and calls `firing` with those that then fire. Does not
 * wait: one that takes long (a page that does not answer) keeps nothing else from its turn.
 */
export function lookAtDue(
  checks: readonly Check[],
  subject: Subject,
  emit: (fact: ProcessFact) => void,
  firing: (check: Check, samples: string) => void,
): void {
  const nowMs = subject.clock.nowMs();
  for (const check of checks.filter((one) => one.isDue(nowMs))) {
    void check.look(subject).then((samples) => {
      emit({ type: "check-sampled", check: check.description.name, samples });
      if (check.isFiring) firing(check, samples);
    });
  }
}
