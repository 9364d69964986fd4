/** What one run of a workload produced: the JSON that is kept. */

import type { Figures } from "../metric.ts";
import type { PeerName } from "../peers/index.ts";
import type { Machine } from "./machine.ts";

export type Entry = {
  readonly peer: PeerName;
  readonly title: string;
  readonly version: string;
  readonly command: string;
  readonly remark?: string;
  readonly rounds: readonly Figures[];
  readonly medians: Figures;
};

export type LeftOut = { readonly title: string; readonly reason: string };

export type Outcome = {
  readonly workload: string;
  readonly title: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly machine: Machine;
  readonly rounds: number;
  readonly seconds: number;
  readonly entries: readonly Entry[];
  readonly leftOut: readonly LeftOut[];
};
