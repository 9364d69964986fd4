/** The folder of results: one JSON file a day and workload, and `latest.md` made from the newest. */

import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { WORKLOADS } from "../workloads/index.ts";
import { thisMachine } from "./machine.ts";
import type { Outcome } from "./outcome.ts";
import { pageOf, sectionOf } from "./page.ts";

/** Writes `<date>-<workload>.json`, replacing one of the same day. */
export async function keep(folder: string, outcome: Outcome): Promise<void> {
  await mkdir(folder, { recursive: true });
  const file = `${outcome.startedAt.slice(0, 10)}-${outcome.workload}.json`;
  await writeFile(join(folder, file), `${JSON.stringify(outcome, null, 2)}\n`);
}

/** Writes `latest.md`: the newest outcome of each workload that this folder holds. */
export async function summarize(folder: string): Promise<void> {
  const newest = newestOf(await outcomesIn(folder));
  const sections = WORKLOADS.flatMap((workload) => {
    const outcome = newest.get(workload.name);
    return outcome === undefined ? [] : [sectionOf(workload, outcome)];
  });
  await writeFile(join(folder, "latest.md"), pageOf(thisMachine(), sections));
}

async function outcomesIn(folder: string): Promise<readonly Outcome[]> {
  const files = (await readdir(folder)).filter((name) => name.endsWith(".json"));
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), "utf8")));
  return texts.map((text) => JSON.parse(text) as Outcome);
}

function newestOf(outcomes: readonly Outcome[]): ReadonlyMap<string, Outcome> {
  const byAge = outcomes.toSorted((a, b) => a.startedAt.localeCompare(b.startedAt));
  return new Map(byAge.map((outcome) => [outcome.workload, outcome]));
}
