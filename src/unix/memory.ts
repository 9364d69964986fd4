import { readFile } from "node:fs/promises";

/**
 * Memory of a process in bytes: its proportional share (PSS) where the kernel tells, for pages that
 * forked workers share count once; else its resident set. Undefined where there is no /proc, and once it is gone.
 */
export async function memoryBytes(pid: number): Promise<number | undefined> {
  return (
    (await kilobytes(`/proc/${pid}/smaps_rollup`, /^Pss:\s+(\d+) kB/m)) ??
    (await kilobytes(`/proc/${pid}/status`, /^VmRSS:\s+(\d+) kB/m))
  );
}

async function kilobytes(path: string, line: RegExp): Promise<number | undefined> {
  // Not readable is an answer here: no /proc, another user's process, or gone.
  const text = await readFile(path, "latin1").catch(() => "");
  const found = line.exec(text)?.[1];
  return found === undefined ? undefined : Number(found) * 1024;
}
