import type { Figures } from "../metric.ts";
import type { RunningServer } from "../processes/server.ts";
import type { Load } from "../workload.ts";
import { idle } from "./idle.ts";
import type { Times } from "./measure.ts";
import { memory } from "./memory.ts";
import { mixed } from "./mixed.ts";
import { slowClients } from "./slow-clients.ts";
import { throughput } from "./throughput.ts";
import { transfer } from "./transfer.ts";

export type { Times } from "./measure.ts";

/** Puts a load on a server that is ready, as its kind asks, and resolves with the figures. */
export async function measure(server: RunningServer, load: Load, times: Times): Promise<Figures> {
  switch (load.kind) {
    case "throughput":
      return await throughput(server, load, times);
    case "mixed":
      return await mixed(server, load, times);
    case "slow-clients":
      return await slowClients(server, load, times);
    case "transfer":
      return await transfer(server, load, times);
    case "idle":
      return await idle(server, load, times);
    case "memory":
      return await memory(server, load, times);
  }
}
