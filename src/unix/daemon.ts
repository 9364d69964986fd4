import { spawn } from "node:child_process";

/** Tells the program that it is the one in the background. */
const MARK = "GOSSAMER_DAEMON";

/** How the start of a daemon went. */
export type DaemonStart =
  | { readonly kind: "ready"; readonly pid: number }
  /** It says itself why it cannot go on. */
  | { readonly kind: "failed"; readonly message: string }
  /** It ended without a word: `exit 1`, `SIGKILL`, `could not be started: …`. */
  | { readonly kind: "ended"; readonly reason: string };

type Word = { readonly ready: true } | { readonly failed: string };

/**
 * Runs this program again with the same words, in a session of its own: no terminal, no input, what it prints goes to
 * the open file `logFd`. It is told `briefing`, if there is one. Resolves once it says how its start went, or has ended.
 */
export function startDaemon(
  words: readonly string[],
  logFd: number,
  env: NodeJS.ProcessEnv,
  briefing?: object,
): Promise<DaemonStart> {
  const [script = ""] = process.argv.slice(1);
  const child = spawn(process.execPath, [...process.execArgv, script, ...words], {
    detached: true,
    stdio: ["ignore", logFd, logFd, "ipc"],
    env: { ...env, [MARK]: "1" },
  });
  // It may be gone before it has heard all of it: then it has said why, or `exit` does.
  if (briefing !== undefined) child.send(briefing, () => {});
  return new Promise((resolve) => {
    const end = (start: DaemonStart): void => {
      if (child.connected) child.disconnect();
      child.unref();
      resolve(start);
    };
    child.once("message", (word: Word) => {
      const isReady = "ready" in word && child.pid !== undefined;
      end(isReady ? { kind: "ready", pid: child.pid ?? 0 } : failureIn(word));
    });
    child.once("error", ({ message }) =>
      end({ kind: "ended", reason: `could not be started: ${message}` }),
    );
    child.once("exit", (code, signal) => end({ kind: "ended", reason: signal ?? `exit ${code}` }));
  });
}

/** What a daemon says to the one who started it; whoever that was may be gone. */
export interface DaemonVoice {
  ready(): void;
  failed(message: string): Promise<void>;
  /** What the one who started it has to tell; never resolves when that is nothing. */
  readonly briefing: Promise<unknown>;
}

/** The voice of the daemon that this process is, taken out of `env`; undefined when it is none. */
export function takeDaemonVoice(env: NodeJS.ProcessEnv): DaemonVoice | undefined {
  if (env[MARK] === undefined) return undefined;
  delete env[MARK];
  return {
    ready: () => void say({ ready: true }),
    failed: (message) => say({ failed: message }),
    briefing: new Promise((resolve) => process.once("message", resolve)),
  };
}

function failureIn(word: Word): DaemonStart {
  return { kind: "failed", message: "failed" in word ? word.failed : "" };
}

async function say(word: Word): Promise<void> {
  if (process.send === undefined || !process.connected) return;
  // Nobody may listen any more, and then it need not be said.
  await new Promise<void>((resolve) => process.send?.(word, undefined, {}, () => resolve()));
  if (process.connected) process.disconnect();
}
