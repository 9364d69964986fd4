import type { AppDescription, EventName, Place } from "../description.ts";

/** What the Ruby that keeps a pill is told: one JSON object a line, as docs/PILL.md has it. */
export type PillOrder =
  /** Say where you are: the pill takes long. */
  | { readonly order: "where" }
  | ({ readonly order: "check" } & Question)
  | ({ readonly order: "notify" } & Question & Transition)
  /** Nobody waits for the answer any more. */
  | { readonly order: "drop"; readonly ask: number }
  /** There are no more questions: run `at_exit` blocks and leave. */
  | { readonly order: "close" };

/** A question about a process, to the check or trigger with the number `id`. */
interface Question {
  /** The number of this question, for its answer. */
  readonly ask: number;
  readonly id: number;
  /** Null for a process that does not run. */
  readonly pid: number | null;
  /** Whether `pid` is a child, which has a check or trigger of its own. */
  readonly child: boolean;
}

/** A process is about to go from one state to another, or to stay as it is. */
export interface Transition {
  /** `tick`, or an event. */
  readonly event: string;
  readonly from: string;
  readonly to: string;
}

/** What Ruby says. */
export type PillWord =
  | ({ readonly say: "pill" } & PillContent)
  /** The pill says what cannot be. */
  | { readonly say: "refused"; readonly message: string; readonly place?: Place }
  /** A line of it raised. */
  | {
      readonly say: "failed";
      readonly class: string;
      readonly message: string;
      readonly place?: Place;
      readonly backtrace: readonly string[];
    }
  /** It called `exit`. */
  | { readonly say: "left"; readonly status: number; readonly place?: Place }
  | { readonly say: "at"; readonly place?: Place }
  | PillAnswer
  | ({ readonly say: "dropped" } & Answer)
  | TriggerWord;

/** What a pill comes to. */
export interface PillContent {
  readonly apps: readonly AppDescription[];
  readonly warnings: readonly PillWarning[];
}

/** Something that is no mistake, but most likely not what was meant. */
export interface PillWarning {
  readonly message: string;
  readonly place?: Place;
}

/** The answer to a question. */
export type PillAnswer =
  | ({ readonly say: "checked"; readonly ok: boolean; readonly value: string } & Answer)
  | ({ readonly say: "notified"; readonly halted: boolean } & Answer)
  | ({ readonly say: "raised"; readonly message: string } & Answer);

interface Answer {
  readonly ask: number;
}

/** What a trigger says, whenever it likes; `child` is the pid of the child that it is about. */
export type TriggerWord = { readonly id: number; readonly child?: number } & (
  | { readonly say: "dispatch"; readonly event: EventName; readonly reason: string }
  | {
      readonly say: "schedule";
      readonly event: EventName;
      readonly afterMs: number;
      readonly reason: string;
    }
  | { readonly say: "cancel" }
  | { readonly say: "log"; readonly level: string; readonly text: string }
);

/** The words in a line; undefined when there are none. */
export function wordIn(line: string): PillWord | undefined {
  try {
    const value: unknown = JSON.parse(line);
    const isWord = typeof value === "object" && value !== null && "say" in value;
    return isWord ? (value as PillWord) : undefined;
  } catch {
    // Only our own Ruby has this line, so it was cut off: the process has died.
    return undefined;
  }
}
