import { statSync } from "node:fs";
import type { ProcessDescription, Rotation } from "./description.ts";
import { type CommandTools, runCommand } from "./run-command.ts";

/**
 * Who has a file open goes on writing to it, whatever its name is by then. So it is copied, with what was written
 * meanwhile, and emptied. Words: the file, how many old ones stay.
 */
const SHIFT = [
  "number=$2",
  'while [ "$number" -gt 1 ]; do',
  "  before=$((number - 1))",
  '  [ ! -e "$1.$before" ] || mv -f -- "$1.$before" "$1.$number" || exit',
  "  number=$before",
  "done",
  'rm -f -- "$1.1" && cp -p -- "$1" "$1.1" || exit',
  'tail -c "+$(($(wc -c <"$1.1") + 1))" -- "$1" >>"$1.1" && : >"$1"',
].join("\n");

/** A copy takes as long as the disk does. */
const TIMEOUT_MS = 120_000;

/** Keeps the files that a process prints to from growing for ever. */
export class LogRotation {
  readonly #rotation: Rotation;
  readonly #files: readonly string[];
  readonly #tools: CommandTools;
  readonly #failing = new Set<string>();
  #isAtWork = false;

  constructor(
    rotation: Rotation,
    { stdout, stderr }: Pick<ProcessDescription, "stdout" | "stderr">,
    tools: CommandTools,
  ) {
    this.#rotation = rotation;
    this.#files = [...new Set([stdout, stderr])].filter((file) => file !== undefined);
    this.#tools = tools;
  }

  /** Begins what has grown too long anew. Does not wait for that; one that is at work is not begun twice. */
  look(): void {
    if (this.#isAtWork) return;
    const long = this.#files.filter((file) => sizeOf(file) > this.#rotation.limitBytes);
    if (long.length === 0) return;
    this.#isAtWork = true;
    void this.#shiftAll(long).finally(() => {
      this.#isAtWork = false;
    });
  }

  async #shiftAll(files: readonly string[]): Promise<void> {
    for (const file of files) {
      const reason = await this.#shift(file);
      if (reason === undefined) {
        this.#failing.delete(file);
        this.#tools.emit({ type: "output-rotated", path: file });
      } else if (!this.#failing.has(file)) {
        this.#failing.add(file);
        this.#tools.emit({ type: "output-not-rotated", path: file, reason });
      }
    }
  }

  /** By whom the process runs as: its folder may be one that it can put links into. Resolves with what went wrong. */
  async #shift(file: string): Promise<string | undefined> {
    const { around, clock } = this.#tools;
    const words = ["/bin/sh", "-c", SHIFT, "sh", file, String(this.#rotation.keep)] as const;
    const outcome = await runCommand(words, around, TIMEOUT_MS, clock);
    if (outcome.kind === "late") return `it takes longer than ${TIMEOUT_MS / 1_000} s`;
    const { exit, output } = outcome;
    return exit.code === 0 ? undefined : output.split("\n")[0] || exit.reason;
  }
}

/** 0 for what is not there, and for what is no file. */
function sizeOf(path: string): number {
  const found = statSync(path, { throwIfNoEntry: false });
  return found?.isFile() ? found.size : 0;
}
