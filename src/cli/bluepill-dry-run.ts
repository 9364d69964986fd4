import { type AppDescription, changesBetween } from "../supervise/index.ts";
import type { BluepillBase } from "./bluepill-base.ts";
import { ask, type Patience } from "./bluepill-orders.ts";

/** What loading `wanted` would change, in lines for people: against the daemon that runs, if one does. */
export async function dryRun(
  wanted: AppDescription,
  base: BluepillBase,
  patience: Patience,
): Promise<string> {
  const isLoaded = base.daemonOf(wanted.name) !== undefined;
  const reply = isLoaded
    ? await ask({ order: "describe" }, wanted.name, base, patience)
    : undefined;
  const old = reply?.reply === "description" ? reply.description : undefined;
  const { own, added, removed, changed } = changesBetween(old, wanted);
  const lines = [
    ...(own.length === 0 ? [] : [`  ~ the application: ${own.join(", ")}`]),
    ...added.map((name) => `  + ${name} is looked after from now on`),
    ...removed.map((name) => `  - ${name} goes on, and nobody looks after it`),
    ...changed.map(({ name, attributes }) => `  ~ ${name}: ${attributes.join(", ")}`),
  ];
  const title = `${wanted.name} (${isLoaded ? "loaded" : "not loaded yet"}):`;
  return [title, ...(lines.length === 0 ? ["  nothing changes"] : lines)].join("\n");
}
