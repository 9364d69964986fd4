import type { EventName } from "./description.ts";
import type { ProcessState } from "./states.ts";

/** Whom a fact is about: `[app:group:name]` in the log. */
export interface About {
  readonly app: string;
  readonly group?: string | undefined;
  readonly process?: string | undefined;
  /** For a child of the process. */
  readonly child?: number | undefined;
}

export type CommandName = "pre_start" | "start" | "stop" | "restart";

/** What the supervisor of an application tells. */
export type SuperviseFact = About &
  (
    | { readonly type: "daemon-up"; readonly pid: number; readonly processes: number }
    | { readonly type: "daemon-ending" }
    | { readonly type: "journal-unwritable"; readonly path: string; readonly reason: string }
    | { readonly type: "journal-written"; readonly path: string }
    | { readonly type: "order-given"; readonly order: string }
    | { readonly type: "state-changed"; readonly from: ProcessState; readonly to: ProcessState }
    | { readonly type: "process-found"; readonly pid: number }
    | { readonly type: "process-unknown"; readonly why: string }
    | { readonly type: "command-begins"; readonly name: CommandName; readonly command: string }
    | {
        readonly type: "command-failed";
        readonly name: CommandName;
        readonly reason: string;
        readonly output: string;
      }
    | { readonly type: "command-late"; readonly name: CommandName; readonly afterMs: number }
    /** One that we started ourselves. */
    | {
        readonly type: "process-ended";
        readonly pid: number;
        readonly reason: string;
        /** What was wrong before it was itself: "" when nothing was. */
        readonly complaint: string;
      }
    /** The start command takes long, and is left at it. */
    | { readonly type: "start-goes-on"; readonly pid: number }
    | { readonly type: "daemon-stumbled"; readonly error: unknown }
    | { readonly type: "start-refused"; readonly pid: number }
    /** It was ordered, and waits until these are up. */
    | { readonly type: "start-postponed"; readonly until: readonly string[] }
    | { readonly type: "pid-file-unwritable"; readonly path: string; readonly reason: string }
    | { readonly type: "pid-file-written"; readonly path: string }
    | { readonly type: "signal-sent"; readonly signal: string; readonly pid: number }
    | { readonly type: "signal-refused"; readonly signal: string; readonly pid: number }
    | { readonly type: "stop-failed"; readonly pid: number }
    | { readonly type: "rest-ended"; readonly pid: number; readonly signal: string }
    | { readonly type: "check-sampled"; readonly check: string; readonly samples: string }
    | { readonly type: "check-fired"; readonly check: string; readonly event: EventName }
    | { readonly type: "flapping"; readonly retryInMs: number }
    | { readonly type: "backing-off"; readonly delayMs: number }
    | { readonly type: "schedule-cancelled" }
    | {
        readonly type: "children-changed";
        readonly added: readonly number[];
        readonly gone: readonly number[];
      }
    | { readonly type: "notification-failed"; readonly reason: string }
    | { readonly type: "process-said"; readonly pid: number; readonly words: string }
    /** It did not say in time that it is ready. */
    | { readonly type: "never-ready"; readonly afterMs: number }
    | { readonly type: "watchdog-silent"; readonly afterMs: number }
    /** Somebody whom nobody here has started wants to be believed. */
    | { readonly type: "stranger-said"; readonly pid: number; readonly words: string }
    | { readonly type: "notices-lost"; readonly reason: string }
    | { readonly type: "notices-found" }
    | { readonly type: "output-rotated"; readonly path: string }
    | { readonly type: "output-not-rotated"; readonly path: string; readonly reason: string }
    | { readonly type: "pill-lost"; readonly reason: string }
    | { readonly type: "pill-found" }
    | { readonly type: "trigger-said"; readonly level: string; readonly text: string }
    | { readonly type: "trigger-failed"; readonly trigger: string; readonly reason: string }
  );

/** What happened to one process; who it is about is added by who passes it on. */
export type ProcessFact = DistributiveOmit<SuperviseFact, keyof About>;

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
