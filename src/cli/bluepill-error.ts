/** An error of `bluepill`: its text, and the exit code that scripts know it by. */
export class BluepillError extends Error {
  override readonly name = "BluepillError";
  readonly exitCode: number;

  constructor(message: string, exitCode: number, cause?: unknown) {
    super(message, { cause });
    this.exitCode = exitCode;
  }
}

/** What the shell is told. 6 is that of a pill that is wrong (PillError); 7 was meant for a socket that is taken, and was never seen. */
export const BLUEPILL_EXIT = {
  ok: 0,
  failed: 1,
  noDaemon: 2,
  notRoot: 3,
  previousAlive: 4,
  daemonFailed: 5,
  serverError: 8,
} as const;
