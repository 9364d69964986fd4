import { readFile } from "node:fs/promises";

/** Proportional set size of a process, else its resident size; undefined where the system has no /proc. */
export async function memoryBytesOf(pid: number): Promise<number | undefined> {
  const rollup = await read(`/proc/${pid}/smaps_rollup`);
  const pss = /^Pss:\s+(\d+) kB/m.exec(rollup);
  if (pss) return Number(pss[1]) * 1024;
  const rss = /^VmRSS:\s+(\d+) kB/m.exec(await read(`/proc/${pid}/status`));
  return rss ? Number(rss[1]) * 1024 : undefined;
}

/** A process that is gone, or another user's, has nothing to tell. */
async function read(path: string): Promise<string> {
  return await readFile(path, "latin1").catch(() => "");
}
