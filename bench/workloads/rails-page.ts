import type { Workload } from "../workload.ts";

/** A whole Rails page with its layout: the app is nearly all of the work. */
export const railsPage: Workload = {
  name: "rails-page",
  title: "Rails page, 32 connections, 2 × 5",
  app: "examples/rails",
  workers: 2,
  threads: 5,
  probe: { path: "/" },
  load: { kind: "throughput", path: "/", connections: 32 },
  yjit: "faster",
  settlesInSeconds: 8,
  deciding: "requestsPerSecond",
  columns: ["requestsPerSecond", "p50Ms", "p99Ms", "cpuUsPerRequest", "memoryMb"],
  targets: [
    { metric: "requestsPerSecond", of: ["puma"], bound: { atLeast: 1.05 } },
    { metric: "p99Ms", of: ["puma"], bound: { atMost: 1.0 } },
  ],
};
