import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import type { Memory } from "./process.ts";

/** What a daemon knew of its processes when it last wrote it down. */
export type Memories = ReadonlyMap<string, Memory>;

/**
 * What a daemon writes down as it goes, for a successor to find when it is killed. A daemon that is told to end removes
 * it: its successor then begins with what the pid files say.
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
      return new Map(boot === bootId() ? Object.entries(processes) : []);
    } catch {
      // None was written, or not to its end: then the pid files are what is known.
      return new Map();
    }
  }

  /** Writes it all anew, or not at all. Throws what the system says when it cannot. */
  write(memories: Memories): void {
    const page: Page = { boot: bootId(), processes: Object.fromEntries(memories) };
    const text = JSON.stringify(page);
    if (text === this.#written) return;
    const draft = `${this.#path}.new`;
    writeFileSync(draft, text, { mode: 0o600 });
    renameSync(draft, this.#path);
    this.#written = text;
  }

  remove(): void {
    rmSync(this.#path, { force: true });
    rmSync(`${this.#path}.new`, { force: true });
  }
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
