import { resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { wrk } from "../clients/wrk.ts";
import { type HeldClient, holdClient } from "../processes/held-client.ts";
import type { RunningServer } from "../processes/server.ts";
import { pssBytesOf } from "../processes/tree.ts";
import { ROOT } from "../root.ts";
import type { Idle } from "../workload.ts";
import type { Measure } from "./measure.ts";
import { figuresOf, observe, perRequest } from "./observe.ts";

/** What a server does after a burst of connections, collecting garbage for one, is let happen. */
const SETTLE_MS = 1_000;

/** Below this share of connections still open, memory per connection would say nothing. */
const HELD_SHARE = 0.9;

type Report = { readonly held: number };

export const idle: Measure<Idle> = async (server, load, { warmUpSeconds, seconds }) => {
  const run = { url: server.url(load.path), connections: load.connections };
  await wrk({ ...run, seconds: warmUpSeconds });
  const alone = await wrk({ ...run, seconds });
  const bytesBefore = pssBytesOf(server.pid);
  await using client = await open(server, load);
  await delay(SETTLE_MS);
  const grownBytes = pssBytesOf(server.pid) - bytesBefore;
  const { result, cpuUs, figures } = await observe(server, () => wrk({ ...run, seconds }));
  const { held } = await client.release();
  return {
    ...figuresOf(result),
    ...perRequest(cpuUs, result.requests),
    ...figures,
    heldConnections: held,
    aloneP99Ms: alone.p99Ms,
    p99Growth: result.p99Ms / alone.p99Ms,
    ...(held < load.idleConnections * HELD_SHARE
      ? {}
      : { kbPerConnection: grownBytes / held / 1_000 }),
  };
};

async function open(server: RunningServer, load: Idle): Promise<HeldClient<Report>> {
  const script = resolve(ROOT, "bench/clients/idle.ts");
  const what = [String(server.port), load.path, String(load.idleConnections)];
  return await holdClient<Report>(process.execPath, ["--import", "tsx", script, ...what]);
}
