import type { PoolFigures, WorkerFigures } from "../pool/index.ts";
import { memoryOf, type ProcessMemory } from "../unix/index.ts";

/** How the server is doing, at this moment. */
export interface ServerFigures extends Omit<PoolFigures, "workers"> {
  /** The front's process. */
  readonly pid: number;
  readonly uptimeMs: number;
  readonly memory: ProcessMemory;
  readonly connections: number;
  readonly connectionLimit: number;
  readonly workers: readonly WorkerWithMemory[];
}

/** How a worker is doing, and what it takes. */
export type WorkerWithMemory = WorkerFigures & ProcessMemory;

/** What the parts of a server tell of themselves, without a wait. */
export type OwnFigures = Omit<ServerFigures, "memory" | "workers" | "pid"> &
  Pick<PoolFigures, "workers">;

/** Adds what the system tells of the processes. */
export async function withMemory({ workers, ...own }: OwnFigures): Promise<ServerFigures> {
  const [memory, ...each] = await Promise.all([
    memoryOf(process.pid),
    ...workers.map(async (worker) => ({ ...worker, ...(await memoryOfWorker(worker)) })),
  ]);
  return { ...own, pid: process.pid, memory, workers: each };
}

async function memoryOfWorker({ pid }: WorkerFigures): Promise<ProcessMemory> {
  if (pid === undefined) return { residentBytes: undefined, proportionalBytes: undefined };
  return await memoryOf(pid);
}
