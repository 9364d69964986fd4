import { readdirSync, readFileSync } from "node:fs";

/** The longer something takes, the less often it is looked for: a test that waits is not to keep the machine busy. */
const FIRST_POLL_MS = 10;
const LAST_POLL_MS = 100;

/** The pids of every process below `pid`, by /proc: children, their children, and so on. */
export async function descendants(pid: number): Promise<readonly number[]> {
  const parents = parentsByPid();
  const found = [pid];
  for (const one of found) {
    for (const [child, parent] of parents) if (parent === one) found.push(child);
  }
  return found.slice(1);
}

/** Whether a process is there and is no zombie. */
export async function isAlive(pid: number): Promise<boolean> {
  return statOf(pid) !== undefined;
}

/** Resolves once none of `pids` is alive; rejects with those that still are after `withinMs`. */
export async function untilGone(pids: readonly number[], withinMs = 20_000): Promise<void> {
  const left = async (): Promise<readonly number[]> => {
    const alive = await Promise.all(pids.map(isAlive));
    return pids.filter((_, index) => alive[index]);
  };
  await until(
    async () => (await left()).length === 0,
    withinMs,
    async () => `still there: ${await left()}`,
  );
}

/** Resolves once a process that was sent SIGSTOP has stopped; it goes on for a moment. */
export async function untilStopped(pid: number): Promise<void> {
  await until(
    () => statOf(pid)?.state === "T",
    20_000,
    () => `${pid} does not stop`,
  );
}

/** Resolves once `isSo`; rejects with `complaint` after `withinMs`. */
export async function until(
  isSo: () => Promise<boolean> | boolean,
  withinMs: number,
  complaint: () => Promise<string> | string,
): Promise<void> {
  const startedAtMs = performance.now();
  while (!(await isSo())) {
    const passedMs = performance.now() - startedAtMs;
    if (passedMs > withinMs) throw new Error(`After ${withinMs} ms: ${await complaint()}`);
    const pauseMs = Math.min(LAST_POLL_MS, FIRST_POLL_MS + passedMs / 10);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

function parentsByPid(): ReadonlyMap<number, number> {
  const pids = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
  return new Map(pids.map((pid) => [pid, statOf(pid)?.parent ?? 0]));
}

/** Undefined for a zombie, and for a process that is not there. */
function statOf(pid: number): { readonly state: string; readonly parent: number } | undefined {
  const text = readIfThere(`/proc/${pid}/stat`);
  // `42 (a name (with anything)) S 1 …`: fields are counted from the last parenthesis.
  const [state = "", parent] = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return text === "" || state === "Z" ? undefined : { state, parent: Number(parent) };
}

function readIfThere(path: string): string {
  try {
    // Files of /proc are read at once: to wait for each costs many times as much.
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
