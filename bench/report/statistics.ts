import { type Figures, METRICS, type Metric } from "../metric.ts";

/** The middle value, or the mean of the two in the middle; undefined of nothing. */
export function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.floor((sorted.length - 1) / 2)];
  return upper === undefined || lower === undefined ? undefined : (lower + upper) / 2;
}

/** Each metric's own median over the rounds that measured it. */
export function medians(rounds: readonly Figures[]): Figures {
  const figures: Figures = {};
  for (const metric of Object.keys(METRICS) as Metric[]) {
    const value = median(rounds.flatMap((round) => round[metric] ?? []));
    if (value !== undefined) figures[metric] = value;
  }
  return figures;
}

/** `value` as a multiple of `base`; undefined where either is missing or there is nothing to divide by. */
export function ratio(value: number | undefined, base: number | undefined): number | undefined {
  return value === undefined || base === undefined || base <= 0 ? undefined : value / base;
}
