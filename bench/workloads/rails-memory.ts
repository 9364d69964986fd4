import type { Workload } from "../workload.ts";

/** What a preloaded Rails app holds in all its processes together, shared pages counted once. */
export const railsMemory: Workload = {
  name: "rails-memory",
  title: "Rails, 2 workers preloaded (2 × 5): PSS of all processes after 200 requests",
  app: "examples/rails",
  workers: 2,
  threads: 5,
  probe: { path: "/" },
  load: { kind: "memory", path: "/", requests: 200 },
  yjit: "off",
  deciding: "memoryMb",
  columns: ["memoryMb"],
  targets: [{ metric: "memoryMb", of: ["puma"], bound: { atMost: 1.0 } }],
};
