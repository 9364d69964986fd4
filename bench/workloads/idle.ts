import type { Workload } from "../workload.ts";

/** What a kept connection costs that asks nothing, and whether it slows those that ask. */
export const idle: Workload = {
  name: "idle",
  title: "5,000 idle keep-alive connections, 1 × 5, and hello on 32 more beside them",
  app: "bench/apps/hello",
  workers: 1,
  threads: 5,
  probe: { path: "/", answer: "Hello World\n" },
  load: { kind: "idle", path: "/", connections: 32, idleConnections: 5_000 },
  yjit: "off",
  deciding: "requestsPerSecond",
  columns: [
    "heldConnections",
    "kbPerConnection",
    "aloneP99Ms",
    "p99Ms",
    "p99Growth",
    "requestsPerSecond",
    "memoryMb",
  ],
  targets: [
    { metric: "kbPerConnection", of: ["puma"], bound: { atMost: 1.0 } },
    { metric: "p99Growth", of: "itself", bound: { atMost: 1.25 } },
  ],
};
