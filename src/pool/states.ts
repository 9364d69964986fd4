/** The states of a worker, as the pool sees it. The arrows between them are `NEXT`, and nothing else. */
export type WorkerState = "starting" | "serving" | "draining" | "leaving" | "gone";

/**
 * `ready`: it said so. `replace`: no more calls for it. `idle`: it has answered what it was given.
 * `exit`: it is no more.
 */
export type Cause = "ready" | "replace" | "idle" | "exit";

const NEXT: Readonly<Record<WorkerState, Partial<Record<Cause, WorkerState>>>> = {
  starting: { ready: "serving", replace: "leaving", exit: "gone" },
  serving: { replace: "draining", exit: "gone" },
  draining: { idle: "leaving", exit: "gone" },
  leaving: { exit: "gone" },
  gone: {},
};

/** Where `cause` leads from `state`: the same state, when it means nothing there. */
export function next(state: WorkerState, cause: Cause): WorkerState {
  return NEXT[state][cause] ?? state;
}
