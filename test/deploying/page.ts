import { readFileSync } from "node:fs";
import { resolve } from "node:path";

const PAGE = resolve(import.meta.dirname, "../../docs/DEPLOYING-LIKE-THIN.md");
const FENCE = /^```\w+ (\S+)\n([\s\S]*?)^```$/gm;

/** Every block of docs/DEPLOYING-LIKE-THIN.md by its name, which stands behind its language: a path, or a word for commands. */
export const BLOCKS: ReadonlyMap<string, string> = new Map(
  [...readFileSync(PAGE, "utf8").matchAll(FENCE)].map(([, name = "", text = ""]) => [name, text]),
);

/** The block of that name. */
export function block(name: string): string {
  const text = BLOCKS.get(name);
  if (text === undefined) throw new Error(`There is no block ${name} in ${PAGE}.`);
  return text;
}
