/** What a round can measure, with the word and the unit it carries in tables. */

export type Metric =
  | "requestsPerSecond"
  | "aloneRequestsPerSecond"
  | "keptPercent"
  | "megabytesPerSecond"
  | "p50Ms"
  | "p99Ms"
  | "aloneP99Ms"
  | "p99Growth"
  | "cpuUsPerRequest"
  | "memoryMb"
  | "heldConnections"
  | "kbPerConnection"
  | "failedPercent"
  | "othersPercent";

/** One round's numbers, or their medians. A metric that a workload does not measure is absent. */
export type Figures = Partial<Record<Metric, number>>;

export type MetricInfo = {
  readonly title: string;
  readonly digits: number;
  readonly better: "more" | "less";
  /** Whether a ratio to another server's figure means something. */
  readonly isCompared: boolean;
};

const more = (title: string, digits = 0, isCompared = true): MetricInfo => ({
  ...{ title, digits, isCompared },
  better: "more",
});
const less = (title: string, digits = 0, isCompared = true): MetricInfo => ({
  ...more(title, digits, isCompared),
  better: "less",
});

export const METRICS: Readonly<Record<Metric, MetricInfo>> = {
  requestsPerSecond: more("requests/s"),
  aloneRequestsPerSecond: more("requests/s alone"),
  keptPercent: more("kept %", 1, false),
  megabytesPerSecond: more("MB/s"),
  p50Ms: less("p50 ms", 2),
  p99Ms: less("p99 ms", 2),
  aloneP99Ms: less("p99 ms alone", 2),
  p99Growth: less("p99 beside ÷ alone", 2, false),
  cpuUsPerRequest: less("CPU µs/request", 1),
  memoryMb: less("memory MB", 1),
  heldConnections: more("connections held", 0, false),
  kbPerConnection: less("KB/connection", 2),
  failedPercent: less("failed %", 2, false),
  othersPercent: less("others' CPU %", 0, false),
};
