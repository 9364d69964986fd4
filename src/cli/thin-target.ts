import type { ThinGiven } from "../config/index.ts";
import { PidFile } from "../unix/index.ts";
import { pidStateOf } from "./thin-daemon.ts";
import { ThinError } from "./thin-error.ts";
import { thinPlace } from "./thin-place.ts";

/** The server that a command is for, as its pid file tells. */
export interface ThinTarget {
  readonly file: PidFile;
  /** As it was written. */
  readonly pidName: string;
  readonly pid: number;
  /** False when the process is no more, or its number is somebody else's by now. */
  readonly isRunning: boolean;
  readonly logPath: string;
}

/** Finds it; raises ThinError, in Thin's words, when there is no number to go by. */
export function thinTarget(given: ThinGiven): ThinTarget {
  const { pidName, pidPath, logPath } = thinPlace(given);
  const file = new PidFile(pidPath);
  const state = pidStateOf(pidName, file);
  if (state.kind === "absent" || state.pid === undefined) {
    throw new ThinError(`Can't stop process, no PID found in ${pidName}`);
  }
  return { file, pidName, pid: state.pid, isRunning: state.kind === "running", logPath };
}
