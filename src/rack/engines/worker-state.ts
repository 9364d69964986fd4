/** The life of a worker. The arrows are `NEXT`, and nothing else. */
export type WorkerState = "loading" | "ready" | "leaving" | "gone";

/** What moves it. */
export type WorkerCause = "ready" | "retire" | "exited";

const NEXT: Readonly<Record<WorkerState, Partial<Record<WorkerCause, WorkerState>>>> = {
  loading: { ready: "ready", retire: "leaving", exited: "gone" },
  ready: { retire: "leaving", exited: "gone" },
  leaving: { exited: "gone" },
  gone: {},
};

/** Where `cause` leads from `state`: the same state, when it means nothing there. */
export function next(state: WorkerState, cause: WorkerCause): WorkerState {
  return NEXT[state][cause] ?? state;
}
