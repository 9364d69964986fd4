import { wrk } from "../clients/wrk.ts";
import type { WrkResult } from "../clients/wrk-output.ts";
import type { RunningServer } from "../processes/server.ts";
import type { Mixed } from "../workload.ts";
import type { Measure } from "./measure.ts";
import { figuresOf, observe, perRequest } from "./observe.ts";

/** Two processes of wrk side by side: the latency of the fast requests is then theirs alone. */
export const mixed: Measure<Mixed> = async (server, load, { warmUpSeconds, seconds }) => {
  await sideBySide(server, load, warmUpSeconds);
  const { result, cpuUs, figures } = await observe(server, () => sideBySide(server, load, seconds));
  const [fast, slow] = result;
  return {
    ...figuresOf(fast),
    ...perRequest(cpuUs, fast.requests + slow.requests),
    ...figures,
  };
};

async function sideBySide(
  server: RunningServer,
  { fast, slow }: Mixed,
  seconds: number,
): Promise<[WrkResult, WrkResult]> {
  const run = (part: Mixed["fast"]): Promise<WrkResult> =>
    wrk({ url: server.url(part.path), connections: part.connections, seconds });
  return await Promise.all([run(fast), run(slow)]);
}
