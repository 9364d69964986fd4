import { wrk } from "../clients/wrk.ts";
import type { Transfer } from "../workload.ts";
import type { Measure } from "./measure.ts";
import { figuresOf, observe, perRequest } from "./observe.ts";

const BYTES_PER_MB = 1_000_000;

export const transfer: Measure<Transfer> = async (server, load, { warmUpSeconds, seconds }) => {
  const body = load.direction === "upload" ? { uploadBytes: load.bytes } : {};
  const run = { url: server.url(load.path), connections: 1, ...body };
  await wrk({ ...run, seconds: warmUpSeconds });
  const { result, cpuUs, figures } = await observe(server, () => wrk({ ...run, seconds }));
  return {
    ...figuresOf(result),
    ...perRequest(cpuUs, result.requests),
    ...figures,
    megabytesPerSecond: (result.requestsPerSecond * load.bytes) / BYTES_PER_MB,
  };
};
