import type { AppDescription, CheckDescription } from "../description.ts";
import { PillError } from "./errors.ts";

/** Throws a PillError for the first pattern of an http check that JavaScript does not take. */
export function checkPatterns(apps: readonly AppDescription[]): void {
  const processes = apps.flatMap((app) => app.processes);
  const all = processes.flatMap(({ checks, children }) => [...checks, ...(children?.checks ?? [])]);
  for (const check of all) checkPattern(check);
}

function checkPattern({ kind, place }: CheckDescription): void {
  if (kind.type !== "http" || kind.pattern === undefined) return;
  const { source, flags } = kind.pattern;
  try {
    new RegExp(source, flags);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const message = `Config Error: ${place.file}:${place.line}: pattern: of the check http: ${why}.`;
    throw new PillError("ERR_PILL_CONFIG", message, { place, cause });
  }
}
