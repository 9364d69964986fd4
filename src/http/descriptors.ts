import { readFileSync } from "node:fs";
import type { Socket } from "node:net";

/** So many from the limit, what is left is for nobody to count on. */
const MARGIN = 4;

/**
 * Notices when the process runs out of file descriptors. Beyond the last one libuv accepts and closes
 * by itself, so nobody hears of those connections; but a new descriptor always has the lowest free
 * number (POSIX), so that one close to the limit tells that there are hardly any left.
 */
export class Descriptors {
  /** How many the process may have open; infinite where nobody can tell. */
  readonly limit: number = openFileLimit();
  #spentAt = Number.POSITIVE_INFINITY;

  /** True once for a connection that takes one of the last; again only after a quarter have gone. */
  areSpentBy(socket: Socket, connectionCount: number): boolean {
    if (connectionCount < this.#spentAt * 0.75) this.#spentAt = Number.POSITIVE_INFINITY;
    if (this.#spentAt < Number.POSITIVE_INFINITY) return false;
    if (descriptorOf(socket) < this.limit - MARGIN) return false;
    this.#spentAt = connectionCount;
    return true;
  }
}

/**
 * How many files this process may have open; infinite where nobody can tell. Linux tells it in /proc; Node has raised
 * the soft limit to the hard one by the time we ask.
 */
export function openFileLimit(): number {
  try {
    const found = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "latin1"));
    return found === null ? Number.POSITIVE_INFINITY : Number(found[1]);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

function descriptorOf(socket: Socket): number {
  const { _handle } = socket as unknown as { _handle?: { fd?: number } | null };
  return _handle?.fd ?? -1;
}
