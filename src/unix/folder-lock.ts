import { closeSync, openSync } from "node:fs";
import { startChild } from "./child.ts";

/**
 * A lock on a folder, for programs that must not do something to it at the same time. It is the kernel's own: it leaves no
 * file, and ends with its holder, however that ends.
 */
export class FolderLock {
  #file: number | undefined;

  private constructor(file: number) {
    this.#file = file;
  }

  /**
   * Resolves once the lock is had; with undefined when another has it for longer than `timeoutMs`. Node cannot lock, so
   * `flock` locks the open folder that it inherits from us; where there is none, nobody is kept out. Rejects when the
   * folder cannot be opened.
   */
  static async acquire(folder: string, timeoutMs: number): Promise<FolderLock | undefined> {
    const file = openSync(folder, "r");
    const locker = startChild("flock", ["3"], { stdio: ["ignore", "ignore", "ignore", file] });
    const timer = setTimeout(() => locker.kill("SIGKILL"), timeoutMs);
    const { code } = await locker.exited;
    clearTimeout(timer);
    if (code === 0 || locker.pid === undefined) return new FolderLock(file);
    closeSync(file);
    return undefined;
  }

  release(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }
}
