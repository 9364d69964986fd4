import { readFile } from "node:fs/promises";

/** Memory of a process, in bytes; undefined where there is no /proc, and once the process is gone. */
export interface ProcessMemory {
  /** Its resident set. */
  readonly residentBytes: number | undefined;
  /** Its share of it: pages that forked workers share count once. Undefined too where the kernel does not tell. */
  readonly proportionalBytes: number | undefined;
}

/** What the kernel tells of a process's memory. */
export async function memoryOf(pid: number): Promise<ProcessMemory> {
  const rollup = await read(`/proc/${pid}/smaps_rollup`);
  const status = rollup === "" ? await read(`/proc/${pid}/status`) : "";
  return {
    residentBytes: bytesIn(rollup, /^Rss:\s+(\d+) kB/m) ?? bytesIn(status, /^VmRSS:\s+(\d+) kB/m),
    proportionalBytes: bytesIn(rollup, /^Pss:\s+(\d+) kB/m),
  };
}

/** The proportional share, or the resident set where the kernel tells no more. */
export async function memoryBytes(pid: number): Promise<number | undefined> {
  const { proportionalBytes, residentBytes } = await memoryOf(pid);
  return proportionalBytes ?? residentBytes;
}

async function read(path: string): Promise<string> {
  // Not readable is an answer here: no /proc, another user's process, or gone.
  return await readFile(path, "latin1").catch(() => "");
}

function bytesIn(text: string, line: RegExp): number | undefined {
  const found = line.exec(text)?.[1];
  return found === undefined ? undefined : Number(found) * 1024;
}
