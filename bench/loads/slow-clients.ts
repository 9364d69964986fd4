import { resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { wrk } from "../clients/wrk.ts";
import { type HeldClient, holdClient } from "../processes/held-client.ts";
import type { RunningServer } from "../processes/server.ts";
import { ROOT } from "../root.ts";
import type { SlowClients } from "../workload.ts";
import type { Measure } from "./measure.ts";
import { figuresOf, observe, perRequest } from "./observe.ts";

/** Long enough for each slow client to have moved its first bytes: each acts once a second. */
const SETTLE_MS = 2_000;

type Report = {
  readonly open: number;
  readonly ended: number;
  readonly movedBytes: Readonly<Record<string, number>>;
};

export const slowClients: Measure<SlowClients> = async (server, load, times) => {
  const run = { url: server.url(load.path), connections: load.connections };
  await wrk({ ...run, seconds: times.warmUpSeconds });
  const alone = await wrk({ ...run, seconds: times.seconds });
  await using slow = await start(server, load);
  await delay(SETTLE_MS);
  const { result, cpuUs, figures } = await observe(server, () =>
    wrk({ ...run, seconds: times.seconds }),
  );
  await slow.release();
  return {
    ...figuresOf(result),
    ...perRequest(cpuUs, result.requests),
    ...figures,
    aloneRequestsPerSecond: alone.requestsPerSecond,
    keptPercent: (result.requestsPerSecond / alone.requestsPerSecond) * 100,
  };
};

async function start(server: RunningServer, load: SlowClients): Promise<HeldClient<Report>> {
  const { uploads, downloads } = load;
  return await holdClient<Report>("ruby", [
    resolve(ROOT, "bench/clients/slow.rb"),
    String(server.port),
    ...[uploads.path, String(uploads.clients), downloads.path, String(downloads.clients)],
  ]);
}
