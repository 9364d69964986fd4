import { h2load } from "../clients/h2load.ts";
import type { Memory } from "../workload.ts";
import type { Measure } from "./measure.ts";
import { observe } from "./observe.ts";

/** An exact number of requests, so that every server has allocated for the same work. */
export const memory: Measure<Memory> = async (server, load) => {
  const { figures } = await observe(server, () => h2load(server.url(load.path), load.requests));
  return figures;
};
