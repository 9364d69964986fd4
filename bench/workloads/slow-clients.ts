import type { Workload } from "../workload.ts";

/** 500 clients on bad lines beside 32 on good ones; the good ones must not notice. */
export const slowClients: Workload = {
  name: "slow-clients",
  title: "500 slow clients (250 send 1 byte/s, 250 read 1 KB/s of 100 KB) beside 32 normal, 2 × 5",
  app: "bench/apps/page",
  workers: 2,
  threads: 5,
  probe: { path: "/", answer: "Hello World\n" },
  load: {
    kind: "slow-clients",
    path: "/",
    connections: 32,
    uploads: { path: "/upload", clients: 250 },
    downloads: { path: "/page", clients: 250 },
  },
  yjit: "faster",
  deciding: "requestsPerSecond",
  columns: ["aloneRequestsPerSecond", "requestsPerSecond", "keptPercent", "p99Ms", "memoryMb"],
  targets: [{ metric: "keptPercent", of: "itself", bound: { atLeast: 90 } }],
};
