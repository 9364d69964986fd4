/** Markdown tables that are also readable as plain text. */

import { METRICS, type Metric } from "../metric.ts";
import type { Workload } from "../workload.ts";
import { referenceOf } from "./judge.ts";
import type { Entry } from "./outcome.ts";
import { ratio } from "./statistics.ts";

/** One row an entry; beside a comparable figure stands its ratio to the reference Puma. */
export function tableOf(workload: Workload, entries: readonly Entry[]): string {
  const reference = referenceOf(entries, workload.deciding);
  const columns = columnsOf(workload, entries);
  const head = ["server", ...columns.map((metric) => METRICS[metric].title)];
  const rows = entries.map((entry) => [
    `${entry.title} ${entry.version}`,
    ...columns.map((metric) => cell(metric, entry, reference)),
  ]);
  return renderTable([head, ...rows]);
}

/** Failures are a column only where there were some; others' CPU always is, to judge the noise by. */
function columnsOf(workload: Workload, entries: readonly Entry[]): readonly Metric[] {
  const failed = entries.some((entry) => (entry.medians.failedPercent ?? 0) > 0);
  return [...workload.columns, ...(failed ? (["failedPercent"] as const) : []), "othersPercent"];
}

function cell(metric: Metric, entry: Entry, reference: Entry | undefined): string {
  const value = entry.medians[metric];
  if (value === undefined) return "–";
  const multiple = ratio(value, reference?.medians[metric]);
  const text = withThousands(value.toFixed(METRICS[metric].digits));
  const isCompared = METRICS[metric].isCompared && multiple !== undefined;
  return isCompared ? `${text} (${multiple.toFixed(2)} ×)` : text;
}

/** `1234567.8` as `1,234,567.8`. */
export function withThousands(digits: string): string {
  return digits.replace(/\B(?=(\d{3})+(?!\d))(?<!\.\d*)/g, ",");
}

/** Pads every column to its widest cell: the first to the left, figures to the right. */
export function renderTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(3, ...rows.map((row) => (row[column] ?? "").length)),
  );
  const line = (row: readonly string[]): string =>
    `| ${widths.map((width, i) => pad(row[i] ?? "", width, i === 0)).join(" | ")} |`;
  const rule = `|${widths.map((width, i) => `${"-".repeat(width + 1)}${i === 0 ? "-" : ":"}`).join("|")}|`;
  const [head = [], ...body] = rows;
  return [line(head), rule, ...body.map(line)].join("\n");
}

const pad = (text: string, width: number, isLeft: boolean): string =>
  isLeft ? text.padEnd(width) : text.padStart(width);
