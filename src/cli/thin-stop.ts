import { lenient, type ThinGiven } from "../config/index.ts";
import { isRunning, type PidFile } from "../unix/index.ts";
import { EXIT } from "./exit-codes.ts";
import { LogTail } from "./log-tail.ts";
import { ThinError } from "./thin-error.ts";
import { textOf } from "./thin-place.ts";
import { thinTarget } from "./thin-target.ts";
import { thinVoice } from "./thin-voice.ts";

const POLL_MS = 20;
const DEFAULT_TIMEOUT_S = 30;
/** INT means now, and now takes a moment: a server that is killed cannot tidy up after itself, so INT comes first. */
const FORCED_GRACE_MS = 1_000;
/** For the kernel to bury a process that was killed. */
const BURIAL_MS = 5_000;

/** `thin stop`: resolves with 0 once the server is gone, with 1 when it was gone before. Rejects with ThinError. */
export async function stopServer(given: ThinGiven): Promise<number> {
  const { file, pid, isRunning: isThere, logPath } = thinTarget(given);
  const voice = thinVoice(given);
  const tail = new LogTail(logPath, voice.raw);
  try {
    for (const { signal, graceMs } of ladderOf(given)) {
      voice.say(`Sending ${signal} signal to process ${pid} ... `);
      if (!isThere || !send(pid, `SIG${signal}`)) return sayGone(file, voice.say);
      if (await isGoneWithin(graceMs, pid)) break;
      voice.say("Timeout!");
    }
  } finally {
    tail.close();
  }
  file.removeIf(pid);
  return EXIT.ok;
}

/** Thin goes from QUIT straight to KILL, and with -f from INT. */
function ladderOf(given: ThinGiven) {
  const now = { signal: "INT", graceMs: FORCED_GRACE_MS } as const;
  const killed = { signal: "KILL", graceMs: BURIAL_MS } as const;
  const timeoutMs = timeoutOf(given);
  if (timeoutMs === 0) return [now, killed];
  return [{ signal: "QUIT", graceMs: timeoutMs } as const, now, killed];
}

function timeoutOf(given: ThinGiven): number {
  if (given.has("force")) return 0;
  return (lenient(textOf(given, "timeout")) ?? DEFAULT_TIMEOUT_S) * 1_000;
}

function sayGone(file: PidFile, say: (text: string) => void): number {
  say("process not found!");
  file.remove();
  say(`Deleting stale PID file ${file.path}`);
  return EXIT.failed;
}

/** False when there is no such process; raises ThinError when it is not ours. */
export function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
    throw new ThinError(
      `Process ${pid} belongs to another user: Operation not permitted. Run thin as that user, or as root.`,
      { cause: error },
    );
  }
}

/** Whether the process is gone before `ms` have passed. Ctrl-C is the end of patience, as with Thin. */
export async function isGoneWithin(ms: number, pid: number): Promise<boolean> {
  let deadlineMs = performance.now() + ms;
  const hurry = (): void => {
    deadlineMs = 0;
  };
  process.on("SIGINT", hurry);
  try {
    while (isRunning(pid)) {
      if (performance.now() >= deadlineMs) return false;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    return true;
  } finally {
    process.off("SIGINT", hurry);
  }
}
