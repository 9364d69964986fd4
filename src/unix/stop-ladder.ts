import { type Clock, systemClock } from "../kit/index.ts";

/** One rung: send `signal`, then wait up to `graceMs` for the process to be gone. */
export interface Rung {
  readonly signal: NodeJS.Signals;
  readonly graceMs: number;
}

/** What the ladder needs of a process. */
export interface Stoppable {
  readonly exited: Promise<unknown>;
  kill(signal: NodeJS.Signals): boolean;
}

/** Asks first, insists last. Thin and Unicorn use the same three signals. */
export const POLITE: readonly Rung[] = [
  { signal: "SIGQUIT", graceMs: 30_000 },
  { signal: "SIGTERM", graceMs: 5_000 },
  { signal: "SIGKILL", graceMs: 1_000 },
];

/** Climbs until the process is gone; resolves with the rung that did it, undefined when none did. */
export async function stop(
  process: Stoppable,
  ladder: readonly Rung[] = POLITE,
  clock: Clock = systemClock,
): Promise<Rung | undefined> {
  for (const rung of ladder) {
    process.kill(rung.signal);
    if (await settlesWithin(rung.graceMs, process.exited, clock)) return rung;
  }
  return undefined;
}

function settlesWithin(ms: number, promise: Promise<unknown>, clock: Clock): Promise<boolean> {
  return new Promise((resolve) => {
    const cancel = clock.after(ms, () => resolve(false));
    const settled = (): void => {
      cancel();
      resolve(true);
    };
    promise.then(settled, settled);
  });
}
