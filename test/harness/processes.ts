import { readdir, readFile } from "node:fs/promises";

const POLL_MS = 20;

/** The pids of every process below `pid`, by /proc: children, their children, and so on. */
export async function descendants(pid: number): Promise<readonly number[]> {
  const parents = await parentsByPid();
  const found = [pid];
  for (const one of found) {
    for (const [child, parent] of parents) if (parent === one) found.push(child);
  }
  return found.slice(1);
}

/** Whether a process is there and is no zombie. */
export async function isAlive(pid: number): Promise<boolean> {
  return (await statOf(pid)) !== undefined;
}

/** Resolves once none of `pids` is alive; rejects with those that still are after `withinMs`. */
export async function untilGone(pids: readonly number[], withinMs = 10_000): Promise<void> {
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
    async () => (await statOf(pid))?.state === "T",
    5_000,
    () => `${pid} does not stop`,
  );
}

/** Resolves once `isSo`; rejects with `complaint` after `withinMs`. */
export async function until(
  isSo: () => Promise<boolean> | boolean,
  withinMs: number,
  complaint: () => Promise<string> | string,
): Promise<void> {
  const deadlineMs = performance.now() + withinMs;
  while (!(await isSo())) {
    if (performance.now() > deadlineMs)
      throw new Error(`After ${withinMs} ms: ${await complaint()}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

async function parentsByPid(): Promise<ReadonlyMap<number, number>> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const stats = await Promise.all(pids.map(statOf));
  return new Map(pids.map((pid, index) => [pid, stats[index]?.parent ?? 0]));
}

/** Undefined for a zombie, and for a process that is not there. */
async function statOf(
  pid: number,
): Promise<{ readonly state: string; readonly parent: number } | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, "latin1").catch(() => "");
  // `42 (a name (with anything)) S 1 …`: fields are counted from the last parenthesis.
  const [state = "", parent] = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return text === "" || state === "Z" ? undefined : { state, parent: Number(parent) };
}
