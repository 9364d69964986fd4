import { isDeepStrictEqual } from "node:util";
import type { AppDescription, Attended, ProcessDescription } from "./description.ts";

/** What a new pill would change. */
export interface PillChanges {
  /** What is different about the application itself. */
  readonly own: readonly string[];
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
    const attributes = known && differing(essence(known), essence(process));
    return attributes === undefined ? [] : [{ name, attributes }];
  });
  return {
    own: old === undefined ? [] : differing(ownOf(old), ownOf(wanted)),
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

/** What is said of an application besides its processes. */
function ownOf({ place: _place, processes: _processes, ...own }: AppDescription): object {
  return own;
}

/** A process without the lines in which it stands: a comment above it changes nothing. */
function essence({ place: _place, children, ...process }: ProcessDescription): object {
  return { ...watched(process), children: children && watched(children) };
}

/** Without its places, and without the numbers that Ruby has given to what is the pill's own. */
function watched<A extends Pick<Attended, "checks" | "triggers">>(attended: A): object {
  const checks = attended.checks.map(({ place: _place, kind, ...check }) => ({
    ...check,
    kind: kind.type === "custom" ? { ...kind, id: undefined } : kind,
  }));
  return { ...attended, checks, triggers: attended.triggers.map(({ name }) => name) };
}

/** The names of what is not the same in both. */
function differing(one: object, other: object): readonly string[] {
  const [before, after] = [new Map(Object.entries(one)), new Map(Object.entries(other))];
  const names = [...new Set([...before.keys(), ...after.keys()])];
  return names.filter((name) => !isDeepStrictEqual(before.get(name), after.get(name)));
}
