/** Holds a workload's targets against the medians. */

import { METRICS, type Metric } from "../metric.ts";
import type { Bound, Rivals, Target, Workload } from "../workload.ts";
import type { Entry } from "./outcome.ts";
import { ratio } from "./statistics.ts";

export type Verdict = {
  readonly target: string;
  readonly verdict: "met" | "missed" | "not judged";
  /** What was found, or why nothing could be. */
  readonly finding: string;
};

/** The faster of the Pumas that ran: what ratios are ratios to. */
export function referenceOf(entries: readonly Entry[], deciding: Metric): Entry | undefined {
  return fasterOf("puma", entries, deciding);
}

/** One verdict for each target of the workload. */
export function judge(workload: Workload, entries: readonly Entry[]): readonly Verdict[] {
  return workload.targets.map((target) => verdictOn(target, workload.deciding, entries));
}

function verdictOn(target: Target, deciding: Metric, entries: readonly Entry[]): Verdict {
  const ours = fasterOf("gossamer", entries, deciding)?.medians[target.metric];
  const text = describe(target);
  const missing = (finding: string): Verdict => ({ target: text, verdict: "not judged", finding });
  if (ours === undefined) return missing("Gossamer has no figure");
  if (target.of === "itself") return decided(text, target.bound, ours, format(ours, target.metric));
  const rival = strictest(target.of, target.metric, deciding, entries);
  const multiple = ratio(ours, rival?.medians[target.metric]);
  if (rival === undefined || multiple === undefined) return missing("nobody to compare with");
  return decided(text, target.bound, multiple, `${multiple.toFixed(2)} × ${rival.title}`);
}

/** The variant of a peer that is better in what decides. */
function fasterOf(peer: string, entries: readonly Entry[], deciding: Metric): Entry | undefined {
  return best(
    entries.filter((entry) => entry.peer === peer),
    deciding,
  );
}

function decided(target: string, bound: Bound, value: number, finding: string): Verdict {
  const isMet = "atLeast" in bound ? value >= bound.atLeast : value <= bound.atMost;
  return { target, verdict: isMet ? "met" : "missed", finding };
}

/** Puma is judged by its reference variant; of several peers, the best in the metric judges. */
function strictest(
  of: Rivals,
  metric: Metric,
  deciding: Metric,
  entries: readonly Entry[],
): Entry | undefined {
  if (of !== "every peer" && of.join() === "puma") return referenceOf(entries, deciding);
  const rivals = entries.filter(
    ({ peer }) => peer !== "gossamer" && (of === "every peer" || of.includes(peer)),
  );
  return best(rivals, metric);
}

function best(entries: readonly Entry[], metric: Metric): Entry | undefined {
  const sign = METRICS[metric].better === "more" ? -1 : 1;
  const measured = entries.flatMap((entry) => {
    const value = entry.medians[metric];
    return value === undefined ? [] : [{ entry, value }];
  });
  return measured.toSorted((a, b) => sign * (a.value - b.value))[0]?.entry;
}

function describe({ metric, of, bound }: Target): string {
  const { title } = METRICS[metric];
  const sign = "atLeast" in bound ? "≥" : "≤";
  const limit = "atLeast" in bound ? bound.atLeast : bound.atMost;
  if (of === "itself") return `${title} ${sign} ${limit}`;
  return `${title} ${sign} ${limit} × ${of === "every peer" ? of : of.map(capital).join(", ")}`;
}

const capital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

const format = (value: number, metric: Metric): string => value.toFixed(METRICS[metric].digits);
