import { execFile } from "node:child_process";
import { closeSync, constants, openSync, rmSync, writeSync } from "node:fs";
import { hasBegunAfter, pidIn, pidTextAt } from "../unix/index.ts";
import type { ProcessDescription } from "./description.ts";
import { type FoundProcess, findProcess, isSame } from "./found-process.ts";

const PID_COMMAND_TIMEOUT_MS = 5_000;

/** What is known of a process's number. */
export type PidAnswer =
  | { readonly kind: "found"; readonly process: FoundProcess }
  /** `why` is for people: no pid file, not a number, not running. */
  | { readonly kind: "unknown"; readonly why: string };

/** Where the number of a process is looked up: its pid file, or a command that prints it. */
export class PidSource {
  readonly #description: Pick<ProcessDescription, "pidFile" | "pidCommand">;
  readonly #environment: NodeJS.ProcessEnv;
  #vouched: FoundProcess | undefined;

  constructor(
    description: Pick<ProcessDescription, "pidFile" | "pidCommand">,
    environment: NodeJS.ProcessEnv,
  ) {
    this.#description = description;
    this.#environment = environment;
  }

  /**
   * Believes the pid file when it names `known`, whatever the time of either: a clock that was set forward makes every
   * process look younger than its file.
   */
  vouch(known: FoundProcess | undefined): void {
    this.#vouched = known;
  }

  /** Looks it up. Never rejects. */
  async ask(): Promise<PidAnswer> {
    const { pidCommand } = this.#description;
    return pidCommand === undefined ? this.#read() : await this.#run(pidCommand);
  }

  /**
   * Opens the pid file anew, to write a number to. It is never a link to something else, which root would write to.
   * Throws what the system says when it cannot be.
   */
  open(): number {
    const { pidFile } = this.#description;
    rmSync(pidFile, { force: true });
    const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;
    return openSync(pidFile, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY, 0o644);
  }

  /** Writes `pid`, if there is no number yet. Throws what the system says when it cannot be. */
  mend(pid: number): void {
    if (pidIn(textOf(this.#description.pidFile) ?? "") !== undefined) return;
    const file = this.open();
    try {
      writeSync(file, String(pid));
    } finally {
      closeSync(file);
    }
  }

  /** Removes the pid file, when it has no other number than `pid` in it. */
  clear(pid: number | undefined): void {
    const text = textOf(this.#description.pidFile);
    if (text === undefined || (pid !== undefined && text.trim() !== String(pid))) return;
    try {
      rmSync(this.#description.pidFile, { force: true });
    } catch {
      // Its folder is not ours to write to; a number that is nobody's harms nobody.
    }
  }

  #read(): PidAnswer {
    const { pidFile } = this.#description;
    const text = textOf(pidFile);
    if (text === undefined) return unknown(`pid_file ${pidFile} does not exist or cannot be read`);
    const pid = pidIn(text);
    if (pid === undefined) return unknown(`pid_file ${pidFile} has no process number in it`);
    if (isNobodys(pid)) return unknown(`pid_file ${pidFile} has ${pid} in it, which is never ours`);
    const process = findProcess(pid);
    if (process === undefined) return unknown(`process ${pid} of ${pidFile} does not run`);
    const isVouched = isSame(process, this.#vouched);
    if (!isVouched && hasBegunAfter(pidFile, pid)) {
      return unknown(`pid_file ${pidFile} is older than process ${pid}, which is another one`);
    }
    return { kind: "found", process };
  }

  #run(command: string): Promise<PidAnswer> {
    const options = { timeout: PID_COMMAND_TIMEOUT_MS, env: this.#environment };
    return new Promise((resolve) => {
      execFile("/bin/sh", ["-c", command], options, (_error, text) => {
        const pid = pidIn(text);
        const process = pid === undefined || isNobodys(pid) ? undefined : findProcess(pid);
        resolve(
          process === undefined
            ? unknown(`pid_command prints no number of a process that runs`)
            : { kind: "found", process },
        );
      });
    });
  }
}

/** To stop the machine's first process, or ourselves, is never what a pill means. */
function isNobodys(pid: number): boolean {
  return pid === 1 || pid === process.pid;
}

function textOf(path: string): string | undefined {
  try {
    return pidTextAt(path);
  } catch {
    // Not there, or not for us: the caller says which file.
    return undefined;
  }
}

function unknown(why: string): PidAnswer {
  return { kind: "unknown", why };
}
