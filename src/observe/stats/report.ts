import type { ServerFigures } from "../../server/index.ts";
import { type LastRequest, lastRequestOf } from "./last-request.ts";
import type { Outcome, Tally } from "./tally.ts";

/** All that the page tells; as it stands it is the JSON. */
export interface Report extends ServerFigures {
  /** What the server calls itself. */
  readonly software: string;
  readonly requests: RequestFigures;
  /** The newest request; null before the first. */
  readonly lastRequest: LastRequest | null;
}

interface RequestFigures extends Readonly<Record<Outcome, number>> {
  readonly total: number;
  readonly underWay: number;
  /** Answers by class: `2xx`. */
  readonly statuses: Readonly<Record<string, number>>;
  /** How long the last one took; null before. */
  readonly lastMs: number | null;
  /** Half of the last ones took no longer than this. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  /** So many of the last ones are what the two are made of. */
  readonly sample: number;
}

/** Puts together what is known. */
export async function reportOf(
  software: string,
  figures: ServerFigures,
  tally: Tally,
): Promise<Report> {
  const { lastRequest } = tally;
  return {
    software,
    ...figures,
    requests: requestFigures(tally),
    lastRequest: lastRequest === undefined ? null : await lastRequestOf(lastRequest),
  };
}

function requestFigures(tally: Tally): RequestFigures {
  const { requests, outcomes, underWay, statuses, lastMs, durations } = tally;
  return {
    total: requests,
    ...outcomes,
    underWay,
    statuses: Object.fromEntries([2, 3, 4, 5].map((one) => [`${one}xx`, statuses[one] ?? 0])),
    lastMs: lastMs ?? null,
    p50Ms: durations.percentile(50) ?? null,
    p99Ms: durations.percentile(99) ?? null,
    sample: durations.count,
  };
}
