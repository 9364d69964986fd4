import { commandMarkdown } from "./command-table.ts";
import { EXPORT_OPTIONS, UP_OPTIONS } from "./procfile-options.ts";

/** The text of docs/PROCFILE.md with the tables of options in their places: between `<!-- … options -->` and `<!-- end -->`. */
export function procfileMarkdown(page: string): string {
  const common = new Set(Object.keys(UP_OPTIONS));
  const own = Object.entries(EXPORT_OPTIONS).filter(([key]) => !common.has(key));
  const withUp = filled(page, "up options", commandMarkdown(UP_OPTIONS));
  return filled(
    withUp,
    "export options",
    `Of \`gossamer export\`, besides those above from \`-f\` to \`-t\`:\n\n${commandMarkdown(Object.fromEntries(own))}`,
  );
}

function filled(page: string, name: string, text: string): string {
  const [begin, end] = [`<!-- ${name} -->\n`, "<!-- end -->"];
  const from = page.indexOf(begin) + begin.length;
  return `${page.slice(0, from)}\n${text}\n\n${page.slice(page.indexOf(end, from))}`;
}
