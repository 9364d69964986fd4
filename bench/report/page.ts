/** The Markdown of one outcome, and the page of all of them. */

import type { Workload } from "../workload.ts";
import { judge, referenceOf } from "./judge.ts";
import type { Machine } from "./machine.ts";
import type { Outcome } from "./outcome.ts";
import { tableOf } from "./table.ts";

/** Heading, table, targets, remarks and absences of one workload. */
export function sectionOf(workload: Workload, outcome: Outcome): string {
  const blocks = [
    `### ${outcome.title}`,
    tableOf(workload, outcome.entries),
    notes(workload, outcome).join("\n"),
  ];
  return `${blocks.filter((block) => block !== "").join("\n\n")}\n`;
}

function notes(
  workload: Workload,
  { entries, leftOut, rounds, seconds, startedAt }: Outcome,
): string[] {
  const reference = referenceOf(entries, workload.deciding);
  return [
    ...judge(workload, entries).map(
      (one) => `- ${one.target}: ${one.finding} — **${one.verdict}**`,
    ),
    ...entries.flatMap(({ title, remark }) =>
      remark === undefined ? [] : [`- ${title}: ${remark}`],
    ),
    ...leftOut.map(({ title, reason }) => `- Left out: ${title}: ${reason}`),
    ...(reference === undefined ? [] : [`- Ratios in parentheses are to ${reference.title}.`]),
    `- Medians of ${rounds} interleaved rounds, ${seconds} s each, ${startedAt.slice(0, 10)}.`,
  ];
}

/** All sections below one description of the machine. */
export function pageOf(machine: Machine, sections: readonly string[]): string {
  return [`${describeMachine(machine)}\n`, ...sections].join("\n");
}

export function describeMachine(machine: Machine): string {
  const { cpu, cores, memoryGb, kernel, node, ruby, wrk } = machine;
  return (
    `Measured with \`npm run bench\` on ${cores} cores of ${cpu}, ${memoryGb} GB, Linux ${kernel}; ` +
    `Node ${node}, ${ruby}, ${wrk}. The client (wrk) shares the ${cores} cores with the server.`
  );
}
