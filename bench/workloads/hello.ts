import type { Target, Workload } from "../workload.ts";

/** Twelve bytes to 32 keep-alive connections: the cost of a request with nothing in it. */
function hello(workers: number, threads: number, overPuma: number): Workload {
  return {
    name: `hello-${workers}x${threads}`,
    title: `Hello, 32 keep-alive connections, ${workers} × ${threads} (workers × threads)`,
    app: "bench/apps/hello",
    workers,
    threads,
    probe: { path: "/", answer: "Hello World\n" },
    load: { kind: "throughput", path: "/", connections: 32 },
    yjit: "faster",
    deciding: "requestsPerSecond",
    columns: ["requestsPerSecond", "p50Ms", "p99Ms", "cpuUsPerRequest", "memoryMb"],
    targets: promises(overPuma),
  };
}

function promises(overPuma: number): readonly Target[] {
  return [
    { metric: "requestsPerSecond", of: ["puma"], bound: { atLeast: overPuma } },
    { metric: "requestsPerSecond", of: ["agoo", "falcon", "itsi"], bound: { atLeast: 1.2 } },
    { metric: "cpuUsPerRequest", of: ["puma"], bound: { atMost: 0.7 } },
  ];
}

export const hellos: readonly Workload[] = [hello(1, 1, 2.0), hello(1, 5, 2.0), hello(2, 5, 1.5)];
