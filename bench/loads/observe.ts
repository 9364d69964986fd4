/** Runs one load and reads, before and after it, what it cost the server. */

import type { WrkResult } from "../clients/wrk-output.ts";
import type { Figures } from "../metric.ts";
import { othersPercent, snapshot } from "../processes/machine-load.ts";
import type { RunningServer } from "../processes/server.ts";
import { cpuUsOf, pssBytesOf } from "../processes/tree.ts";

export type Observed<Result> = {
  readonly result: Result;
  readonly cpuUs: number;
  readonly figures: Figures;
};

const BYTES_PER_MB = 1_000_000;

/** Resolves with the load's own result, the server's CPU time in it and its memory afterwards. */
export async function observe<Result>(
  server: RunningServer,
  load: () => Promise<Result>,
): Promise<Observed<Result>> {
  const cpuBefore = cpuUsOf(server.pid);
  const before = snapshot(cpuBefore);
  const result = await load();
  const cpuAfter = cpuUsOf(server.pid);
  const others = othersPercent(before, snapshot(cpuAfter));
  const memoryMb = pssBytesOf(server.pid) / BYTES_PER_MB;
  return { result, cpuUs: cpuAfter - cpuBefore, figures: { memoryMb, othersPercent: others } };
}

/** The figures of a run of wrk; latencies are left out when nothing was answered. */
export function figuresOf(result: WrkResult): Figures {
  const { requests, requestsPerSecond, p50Ms, p99Ms, failed } = result;
  const failedPercent = (failed / Math.max(1, requests + failed)) * 100;
  if (requests === 0) return { requestsPerSecond, failedPercent };
  return { requestsPerSecond, p50Ms, p99Ms, failedPercent };
}

/** CPU time shared out over the requests that it served. */
export function perRequest(cpuUs: number, requests: number): Figures {
  return requests === 0 ? {} : { cpuUsPerRequest: cpuUs / requests };
}
