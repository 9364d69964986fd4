import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { constants } from "node:os";
import type { Readable, Writable } from "node:stream";

/** How a process ended. `reason` is what people read: `exit 1`, `SIGKILL`, `could not be started: …`. */
export interface Exit {
  readonly reason: string;
  /** The exit code; 128 + n for signal n, as shells have it; 127 when it could not be started. */
  readonly code: number;
}

/** A process that we started. */
export interface Child {
  /** Undefined when it could not be started. */
  readonly pid: number | undefined;
  /** Resolves once, when it is gone (or was never there); never rejects. */
  readonly exited: Promise<Exit>;
  readonly stdin: Writable | null;
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  /** All streams by their descriptors: what was asked for above 2, too. */
  readonly stdio: readonly (Readable | Writable | null | undefined)[];
  /** Sends a signal while the process is ours; false once its number may be somebody else's. */
  kill(signal: NodeJS.Signals): boolean;
}

/** Starts a process. A failure to start is an `exited` like any other. */
export function startChild(command: string, args: readonly string[], options: SpawnOptions): Child {
  const child = spawn(command, args, options);
  return {
    pid: child.pid,
    exited: exitOf(child),
    stdin: child.stdin,
    stdout: child.stdout,
    stderr: child.stderr,
    // Where no pipe could be made there is none.
    stdio: child.stdio ?? [],
    kill: (signal) => child.exitCode === null && child.signalCode === null && child.kill(signal),
  };
}

function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => {
    child.once("error", (error) => {
      if (child.pid === undefined) resolve(notStarted(error));
    });
    child.once("exit", (code, signal) => resolve(ended(code, signal)));
  });
}

function notStarted(error: Error): Exit {
  return { reason: `could not be started: ${error.message}`, code: 127 };
}

function ended(code: number | null, signal: NodeJS.Signals | null): Exit {
  if (signal !== null) return { reason: signal, code: 128 + constants.signals[signal] };
  return { reason: `exit ${code}`, code: code ?? 0 };
}
