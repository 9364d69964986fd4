import type { Workload } from "../workload.ts";

/** A small JSON answer through Sinatra's routing. */
export const sinatraJson: Workload = {
  name: "sinatra-json",
  title: "Sinatra JSON, 32 connections, 2 × 5",
  app: "examples/sinatra",
  workers: 2,
  threads: 5,
  probe: { path: "/json" },
  load: { kind: "throughput", path: "/json", connections: 32 },
  yjit: "faster",
  settlesInSeconds: 4,
  deciding: "requestsPerSecond",
  columns: ["requestsPerSecond", "p50Ms", "p99Ms", "cpuUsPerRequest", "memoryMb"],
  targets: [{ metric: "requestsPerSecond", of: ["puma"], bound: { atLeast: 1.3 } }],
};
