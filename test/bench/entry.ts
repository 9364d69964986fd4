import type { Figures } from "../../bench/metric.ts";
import type { PeerName } from "../../bench/peers/index.ts";
import type { Entry } from "../../bench/report/outcome.ts";

/** An entry with these medians, as one round would have given them. */
export function entry(peer: PeerName, title: string, medians: Figures): Entry {
  return { peer, title, version: "1.0", command: `run ${peer}`, rounds: [medians], medians };
}
