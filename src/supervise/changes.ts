import { isDeepStrictEqual } from "node:util";
import type { AppDescription, ProcessDescription } from "./description.ts";

/** What a new pill would change. */
export interface PillChanges {
  readonly added: readonly string[];
  /** They go on, and nobody looks after them any more. */
  readonly removed: readonly string[];
  /** They go on as they are; what is new holds from their next start. */
  readonly changed: readonly { readonly name: string; readonly attributes: readonly string[] }[];
}

/** Compares the pill that is at work (undefined: none) with another one. */
export function changesBetween(
  old: AppDescription | undefined,
  wanted: AppDescription,
): PillChanges {
  const before = byKey(old?.processes ?? []);
  const after = byKey(wanted.processes);
  const both = [...after].flatMap(([name, process]) => {
    const known = before.get(name);
    return known === undefined ? [] : [{ name, attributes: differing(known, process) }];
  });
  return {
    added: [...after.keys()].filter((name) => !before.has(name)),
    removed: [...before.keys()].filter((name) => !after.has(name)),
    changed: both.filter(({ attributes }) => attributes.length > 0),
  };
}

/** `group:name`; what is in no group begins with the colon. */
export function keyOf({
  group,
  name,
}: {
  readonly group?: string | undefined;
  readonly name: string;
}): string {
  return `${group ?? ""}:${name}`;
}

function byKey(processes: readonly ProcessDescription[]): ReadonlyMap<string, ProcessDescription> {
  return new Map(processes.map((one) => [keyOf(one), one]));
}

/** Where in a pill a process stands is not what it is. */
function differing(one: ProcessDescription, other: ProcessDescription): readonly string[] {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]) as Set<
    keyof ProcessDescription
  >;
  names.delete("place");
  return [...names].filter((name) => !isDeepStrictEqual(one[name], other[name]));
}
