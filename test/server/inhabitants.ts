import { readdir, readFile } from "node:fs/promises";
import { descendants } from "../harness/processes.ts";

/** The processes of a server by what they call themselves. */
export interface Inhabitants {
  readonly workers: readonly number[];
  readonly molds: readonly number[];
  /** All of them, and what the app started. */
  readonly all: readonly number[];
}

/** Who lives below the front `pid` at this moment. */
export async function inhabitants(pid: number): Promise<Inhabitants> {
  const all = await descendants(pid);
  const names = await Promise.all(all.map(nameOf));
  const named = (word: string): readonly number[] =>
    all.filter((_, index) => names[index]?.startsWith(`gossamer ${word}`));
  return { workers: named("worker"), molds: named("mold"), all };
}

/** How many descriptors a process has open. */
export async function openFiles(pid: number): Promise<number> {
  return (await readdir(`/proc/${pid}/fd`)).length;
}

async function nameOf(pid: number): Promise<string> {
  return await readFile(`/proc/${pid}/cmdline`, "latin1").catch(() => "");
}

/** The resident memory of a process. */
export async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "latin1");
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
}
