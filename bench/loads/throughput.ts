import { wrk } from "../clients/wrk.ts";
import type { Throughput } from "../workload.ts";
import type { Measure } from "./measure.ts";
import { figuresOf, observe, perRequest } from "./observe.ts";

export const throughput: Measure<Throughput> = async (server, load, { warmUpSeconds, seconds }) => {
  const run = { url: server.url(load.path), connections: load.connections };
  await wrk({ ...run, seconds: warmUpSeconds });
  const { result, cpuUs, figures } = await observe(server, () => wrk({ ...run, seconds }));
  return { ...figuresOf(result), ...perRequest(cpuUs, result.requests), ...figures };
};
