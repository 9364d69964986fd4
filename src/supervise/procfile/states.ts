/** The states of a process that a Procfile runs. The arrows between them are `NEXT`, and nothing else. */
export type ProcessState =
  /** Not there, and nobody waits for it. */
  | "down"
  | "running"
  /** Its command has ended well, and the daemon that it has left has yet to write its pid. */
  | "detaching"
  /** Its daemon runs, and is known by its pid file. */
  | "following"
  | "stopping"
  /** It will be started again in a while. */
  | "waiting";

/** What happens to it. */
export type ProcessCause = "start" | "detach" | "follow" | "stop" | "gone" | "wait";

const NEXT: Readonly<Record<ProcessState, Partial<Record<ProcessCause, ProcessState>>>> = {
  down: { start: "running", wait: "waiting" },
  running: { detach: "detaching", stop: "stopping", gone: "down" },
  detaching: { follow: "following", stop: "stopping", gone: "down" },
  following: { stop: "stopping", gone: "down" },
  stopping: { gone: "down" },
  waiting: { start: "running", stop: "down" },
};

/** Where `cause` leads from `state`: the same state, when it means nothing there. */
export function nextState(state: ProcessState, cause: ProcessCause): ProcessState {
  return NEXT[state][cause] ?? state;
}
