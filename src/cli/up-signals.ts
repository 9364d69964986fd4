import { type Emit, systemClock } from "../kit/index.ts";
import type { Runner, UpFact } from "../supervise/index.ts";

const ENDING: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];
const FORWARDED: readonly NodeJS.Signals[] = ["SIGUSR1", "SIGUSR2"];
/** A Ctrl-C reaches us from the terminal and again from npm, which passes it on: one order. */
const SAME_KEY_PRESS_MS = 250;

/** Ends what runs on INT, TERM and HUP: gracefully the first time, by force the second. USR1 and USR2 are passed on. What it returns ends that. */
export function listenForEnd(runner: Runner, emit: Emit<UpFact>): () => void {
  let asked = 0;
  let heardAtMs = -Infinity;
  const hear = (signal: NodeJS.Signals): void => {
    const nowMs = systemClock.nowMs();
    if (signal === "SIGINT" && nowMs - heardAtMs < SAME_KEY_PRESS_MS) return;
    heardAtMs = nowMs;
    emit({ type: "up-signalled", signal });
    asked += 1;
    if (asked === 1) {
      runner.stop();
      return;
    }
    runner.kill();
  };
  const forward = (signal: NodeJS.Signals): void => runner.forward(signal);
  for (const signal of ENDING) process.on(signal, hear);
  for (const signal of FORWARDED) process.on(signal, forward);
  return () => {
    for (const signal of ENDING) process.off(signal, hear);
    for (const signal of FORWARDED) process.off(signal, forward);
  };
}
