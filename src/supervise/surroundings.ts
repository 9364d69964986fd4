import { groupIdOf, identityOf } from "../unix/index.ts";
import type { ProcessDescription } from "./description.ts";

/** As whom, where and with what a process's commands are run. */
export interface Surroundings {
  readonly environment: NodeJS.ProcessEnv;
  readonly workingDir: string;
  readonly umask: number | undefined;
  /** Undefined: as who we are. */
  readonly ids: Ids | undefined;
}

export interface Ids {
  readonly uid: number;
  readonly gid: number;
  readonly supplementaryGids: readonly number[];
}

/**
 * What `description` says of it, over our own environment. Users and groups count only for root, as in bluepill.
 * `noticePath` is the socket at which it says how it is, if it is to. Throws IdentityError for a user or group that the
 * system does not know.
 */
export function surroundingsOf(
  description: ProcessDescription,
  own: NodeJS.ProcessEnv,
  noticePath: string,
): Surroundings {
  const { uid, gid, workingDir, umask, supplementaryGroups } = description;
  const isRoot = process.geteuid?.() === 0;
  const identity = uid === undefined || !isRoot ? undefined : identityOf(uid, gid);
  const isOther =
    isRoot && (uid !== undefined || gid !== undefined || supplementaryGroups.length > 0);
  return {
    environment: {
      ...own,
      ...(identity === undefined ? {} : { HOME: identity.home }),
      ...(workingDir === undefined ? {} : { PWD: workingDir }),
      ...description.environment,
      ...notifying(description, noticePath),
    },
    workingDir: workingDir ?? "/",
    umask,
    ids: isOther
      ? {
          uid: identity?.uid ?? 0,
          gid: identity?.gid ?? (gid === undefined ? (process.getegid?.() ?? 0) : groupIdOf(gid)),
          supplementaryGids: supplementaryGroups.map(groupIdOf),
        }
      : undefined,
  };
}

/** Whether the process is to say how it is. */
export function speaks({
  notifyReady,
  watchdogMs,
}: Pick<ProcessDescription, "notifyReady" | "watchdogMs">): boolean {
  return notifyReady || watchdogMs !== undefined;
}

/** What sd_notify(3) and sd_watchdog_enabled(3) look for. Without WATCHDOG_PID any part of the process may speak for it. */
function notifying(description: ProcessDescription, noticePath: string): NodeJS.ProcessEnv {
  const { watchdogMs } = description;
  if (!speaks(description)) return {};
  const watchdog = watchdogMs === undefined ? {} : { WATCHDOG_USEC: String(watchdogMs * 1_000) };
  return { NOTIFY_SOCKET: noticePath, WATCHDOG_PID: undefined, ...watchdog };
}
