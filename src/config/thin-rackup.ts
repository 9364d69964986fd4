import type { ThinValue } from "./thin-given.ts";

/** Thin takes a `.ru` among what is to be required for a slip of `-R`: makes it that, and returns its warning. */
export function takeRackup(given: Map<string, ThinValue>): readonly string[] {
  const required = given.get("require");
  if (!Array.isArray(required)) return [];
  const [rackups, others] = [required.filter(isRackup), required.filter((name) => !isRackup(name))];
  const rackup = rackups.at(-1);
  if (rackup === undefined) return [];
  given.set("rackup", rackup);
  given.delete("require");
  if (others.length > 0) given.set("require", others);
  return ["WARNING: Use the -R option to load a Rack config file"];
}

function isRackup(name: string): boolean {
  return name.endsWith(".ru");
}
