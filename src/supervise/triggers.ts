import type { EventName } from "./description.ts";
import type { ProcessState } from "./states.ts";

/** A change of state, or a look that changed nothing. */
export interface Transition {
  readonly from: ProcessState;
  readonly to: ProcessState;
  readonly event: string;
}

/** What a trigger wants to happen. */
export interface Wish {
  readonly event: EventName;
  readonly delayMs: number;
}

/** Tells the Ruby process that keeps the triggers which a pill defines. */
export interface CustomTriggers {
  /** Resolves with what the trigger wants; rejects when it cannot be asked. */
  notify(id: number, transition: Transition): Promise<readonly Wish[]>;
}
