import { renameSync, statSync } from "node:fs";
import type { Emit } from "../../kit/index.ts";
import type { Destination } from "./destination.ts";
import type { LogFact } from "./facts.ts";

/** When a log begins anew, and how many old ones stay. */
export interface LogRotation {
  readonly limitBytes: number;
  readonly keep: number;
}

/**
 * `destination`, which writes to `file`, such that the file begins anew before it grows longer than it may: `file.1` is
 * the youngest of the old ones. No line is lost or cut by that.
 */
export function rotating(
  destination: Destination,
  file: string,
  { limitBytes, keep }: LogRotation,
  emit: Emit<LogFact>,
): Destination {
  let bytes = sizeOf(file);
  let isFailing = false;
  const rotate = (): void => {
    // When it cannot be, it is tried again once it has grown by as much again.
    bytes = 0;
    try {
      shift(file, keep);
      isFailing = false;
    } catch (error) {
      const { message: reason } = error as Error;
      if (!isFailing) emit({ type: "log-not-rotated", path: file, reason });
      isFailing = true;
      return;
    }
    destination.reopen();
  };
  return {
    write: (text) => {
      const more = Buffer.byteLength(text);
      if (bytes > 0 && bytes + more > limitBytes) rotate();
      bytes += more;
      destination.write(text);
    },
    reopen: () => {
      const isNew = destination.reopen();
      bytes = sizeOf(file);
      return isNew;
    },
    giveTo: (uid, gid) => destination.giveTo(uid, gid),
    close: () => destination.close(),
  };
}

/** The oldest is replaced, and what is missing is passed over. */
function shift(file: string, keep: number): void {
  for (let number = keep - 1; number > 0; number--) {
    const old = `${file}.${number}`;
    if (statSync(old, { throwIfNoEntry: false }) !== undefined) {
      renameSync(old, `${file}.${number + 1}`);
    }
  }
  if (statSync(file, { throwIfNoEntry: false }) !== undefined) renameSync(file, `${file}.1`);
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
