import type { EventName } from "./description.ts";

/** The states of a process that is kept up, by the names that `bluepill status` prints. */
export type ProcessState = "unmonitored" | "down" | "up" | "starting" | "stopping" | "restarting";

/** What may change a state: a look at the process, or an event of a check, a trigger or a user. */
export type Cause = "alive" | "dead" | EventName;

const SETTLING: Partial<Record<Cause, ProcessState>> = {
  alive: "up",
  dead: "down",
  unmonitor: "unmonitored",
};

/** The arrows. A pair that is not here changes nothing. */
const NEXT: Readonly<Record<ProcessState, Partial<Record<Cause, ProcessState>>>> = {
  unmonitored: { start: "starting", unmonitor: "unmonitored" },
  down: {
    alive: "up",
    dead: "starting",
    start: "starting",
    restart: "restarting",
    unmonitor: "unmonitored",
  },
  up: {
    alive: "up",
    dead: "down",
    stop: "stopping",
    restart: "restarting",
    unmonitor: "unmonitored",
  },
  starting: SETTLING,
  stopping: SETTLING,
  restarting: SETTLING,
};

/** Where `cause` leads from `state`; undefined when it means nothing there. */
export function next(state: ProcessState, cause: Cause): ProcessState | undefined {
  return NEXT[state][cause];
}
