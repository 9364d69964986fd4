import type { Workload } from "../workload.ts";

/** Requests that wait beside requests that compute: does a fast one queue behind a slow one? */
export const mixed: Workload = {
  name: "mixed",
  title:
    "Mixed: 4 connections sleeping 200 ms + 16 computing 0.4 ms, 2 × 5; the fast ones' figures",
  app: "bench/apps/mixed",
  workers: 2,
  threads: 5,
  probe: { path: "/cpu", answer: "done\n" },
  load: {
    kind: "mixed",
    slow: { path: "/sleep", connections: 4 },
    fast: { path: "/cpu", connections: 16 },
  },
  yjit: "faster",
  deciding: "requestsPerSecond",
  columns: ["requestsPerSecond", "p50Ms", "p99Ms", "cpuUsPerRequest", "memoryMb"],
  targets: [
    { metric: "p99Ms", of: ["puma"], bound: { atMost: 0.5 } },
    { metric: "p99Ms", of: "every peer", bound: { atMost: 1.0 } },
    { metric: "requestsPerSecond", of: ["puma"], bound: { atLeast: 1.0 } },
  ],
};
