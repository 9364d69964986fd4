import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import type { Memory } from "./process.ts";

/** What a daemon knew of its processes when it last wrote it down. */
export type Memories = ReadonlyMap<string, Memory>;

/**
 * What a daemon writes down as it goes, for a successor to find when it is killed. A daemon that is told to end leaves
 * no more in it than which process is which: its successor begins with what the pid files say.
 */
export class Journal {
  readonly #path: string;
  #written = "";

  constructor(path: string) {
    this.#path = path;
  }

  /** What is there, if it was written since the machine was started: numbers from before mean nothing. */
  read(): Memories {
    try {
      const text = readFileSync(this.#path, "utf8");
      const { boot, processes } = JSON.parse(text) as Page;
      if (boot !== bootId()) return new Map();
      return new Map(Object.entries(processes).filter(([, memory]) => isSound(memory)));
    } catch {
      // None was written, or not to its end: then the pid files are what is known.
      return new Map();
    }
  }

  /** Writes it all anew, or not at all; false when it says so already. Throws what the system says when it cannot. */
  write(memories: Memories): boolean {
    const page: Page = { boot: bootId(), processes: Object.fromEntries(memories) };
    const text = JSON.stringify(page);
    if (text === this.#written) return false;
    const draft = `${this.#path}.new`;
    writeFileSync(draft, text, { mode: 0o600 });
    renameSync(draft, this.#path);
    this.#written = text;
    return true;
  }

  /** Never throws: a folder that is gone has no journal in it. */
  remove(): void {
    for (const path of [this.#path, `${this.#path}.new`]) {
      try {
        rmSync(path, { force: true });
      } catch {
        // Not ours to write to any more: the next daemon reads what it says of processes that still run.
      }
    }
  }
}

/** A number that is none, or names a group, must never be signalled. */
function isSound({ found, starter }: Memory): boolean {
  return [found, starter].every(
    (one) =>
      one === undefined ||
      (Number.isSafeInteger(one.pid) && one.pid > 1 && Number.isFinite(one.startTicks)),
  );
}

interface Page {
  readonly boot: string;
  readonly processes: Readonly<Record<string, Memory>>;
}

function bootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    // Not Linux: then beginnings of processes are not known either.
    return "";
  }
}
