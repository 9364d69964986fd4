import type { Transfer, Workload } from "../workload.ts";

const TEN_MB = 10_000_000;

/** One client moving 10 MB at a time. */
function transfer(direction: Transfer["direction"], probe: Workload["probe"]): Workload {
  return {
    name: direction,
    title: `10 MB ${direction}, 1 client, 1 × 1`,
    app: "bench/apps/big",
    workers: 1,
    threads: 1,
    probe,
    load: { kind: "transfer", direction, path: `/${direction}`, bytes: TEN_MB },
    yjit: "faster",
    deciding: "megabytesPerSecond",
    columns: ["megabytesPerSecond", "p50Ms", "p99Ms", "cpuUsPerRequest", "memoryMb"],
    targets: [{ metric: "megabytesPerSecond", of: ["puma"], bound: { atLeast: 1.0 } }],
  };
}

export const transfers: readonly Workload[] = [
  transfer("download", { path: "/download", answer: "x".repeat(TEN_MB) }),
  transfer("upload", { path: "/upload", uploadBytes: TEN_MB, answer: String(TEN_MB) }),
];
