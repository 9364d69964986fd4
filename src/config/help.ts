import { OPTION_NAMES, OPTIONS, SECTIONS } from "./options.ts";
import type { SettingName, Settings } from "./settings.ts";
import { flagOf } from "./spelling.ts";

const COLUMN = 34;
const WIDTH = 100;

/** The options by section, for a terminal. */
export function optionsHelp(): string {
  return SECTIONS.map((section) => {
    const rows = OPTION_NAMES.filter((name) => OPTIONS[name].section === section).map(row);
    return `${section}:\n${rows.join("\n")}\n`;
  }).join("\n");
}

/** `-p, --port PORT` */
export function usageOf(name: SettingName): string {
  return usage(name, OPTIONS[name]);
}

/** The same for a row of any table. */
export function usage(
  name: string,
  { short, kind }: { readonly short?: string; readonly kind: { readonly placeholder: string } },
): string {
  const long =
    kind.placeholder === "" ? `--[no-]${flagOf(name)}` : `--${flagOf(name)} ${kind.placeholder}`;
  return short === undefined ? `    ${long}` : `-${short}, ${long}`;
}

/** The default in words; "" when there is none. */
export function fallbackOf<K extends SettingName>(name: K): string {
  const { fallback, fallbackWords, kind } = OPTIONS[name];
  if (fallbackWords !== undefined) return fallbackWords;
  return fallback === undefined ? "" : kind.show(fallback as NonNullable<Settings[K]>);
}

function row(name: SettingName): string {
  return helpRow(usageOf(name), OPTIONS[name].help, fallbackOf(name));
}

/** One option for a terminal: how it is typed, what it means, and what is so without it. */
export function helpRow(typed: string, meaning: string, fallback: string): string {
  const help = fallback === "" ? meaning : `${meaning} [${fallback}]`;
  const usage = `  ${typed}`;
  const [first = "", ...more] = wrapped(help, WIDTH - COLUMN);
  const lines = more.map((line) => " ".repeat(COLUMN) + line);
  const top =
    usage.length < COLUMN - 1
      ? usage.padEnd(COLUMN) + first
      : `${usage}\n${" ".repeat(COLUMN)}${first}`;
  return [top, ...lines].join("\n");
}

function wrapped(text: string, width: number): readonly string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const last = lines.length - 1;
    const longer = lines[last] === "" ? word : `${lines[last]} ${word}`;
    if (longer.length <= width) lines[last] = longer;
    else lines.push(word);
  }
  return lines;
}
