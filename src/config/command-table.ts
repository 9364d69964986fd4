import { type ConfigError, unexpected, unknown } from "./errors.ts";
import { helpRow, usage } from "./help.ts";
import type { Kind } from "./kinds.ts";
import { nearest } from "./nearest.ts";
import { flagOf, yamlKeyOf } from "./spelling.ts";

/** One option of a command other than `serve`: its flag and its key in `.foreman` are its name in the spelling of each. */
export interface CommandOption<T> {
  readonly kind: Kind<NonNullable<T>>;
  readonly fallback: T;
  /** The default in words, where the value itself does not say it. */
  readonly fallbackWords?: string;
  /** One sentence, without the default. */
  readonly help: string;
  /** `p` is `-p`. */
  readonly short?: string;
}

/** All options of a command. */
export type CommandTable<S> = { readonly [K in keyof S & string]: CommandOption<S[K]> };

/** A row of the table as a command line sees it. */
export interface CommandFlag {
  readonly key: string;
  readonly short: string | undefined;
  readonly long: string;
  readonly argument: "required" | undefined;
  readonly negatable: boolean;
}

export function commandFlags<S>(table: CommandTable<S>): readonly CommandFlag[] {
  return rowsOf(table).map(([key, { short, kind }]) => ({
    key,
    short,
    long: flagOf(key),
    argument: kind.placeholder === "" ? undefined : "required",
    negatable: kind.placeholder === "",
  }));
}

/** The options that were `given`, over those of a file, over the defaults. Throws ConfigError. */
export function commandSettings<S>(
  table: CommandTable<S>,
  given: readonly (readonly [string, unknown])[],
  file: Partial<S>,
): S {
  const fallbacks = rowsOf(table).map(([key, { fallback }]) => [key, fallback]);
  const said = new Map<string, unknown>();
  for (const [key, raw] of given) {
    const { isList } = rowOf(table, key).kind;
    const before = said.get(key);
    said.set(key, isList && before !== undefined ? `${before},${raw}` : raw);
  }
  const read = [...said].map(([key, raw]) => [key, readRow(table, key, raw, `--${flagOf(key)}`)]);
  return { ...Object.fromEntries(fallbacks), ...file, ...Object.fromEntries(read) } as S;
}

/** What the keys of a YAML file say; `others` are keys that are for somebody else. Throws ConfigError. */
export function commandSaid<S>(
  table: CommandTable<S>,
  content: Readonly<Record<string, unknown>>,
  file: string,
  others: readonly string[],
): Partial<S> {
  const names = rowsOf(table).map(([key]) => key);
  const said = Object.entries(content).flatMap(([key, raw]) => {
    const name = names.find((one) => yamlKeyOf(one) === key.replaceAll("-", "_"));
    if (name === undefined && others.includes(key)) return [];
    if (name === undefined) {
      throw unknown("key", `${key} in ${file}`, nearest(key, names.map(yamlKeyOf)));
    }
    return raw === null ? [] : [[name, readRow(table, name, raw, `${file}: ${key}`)]];
  });
  return Object.fromEntries(said) as Partial<S>;
}

/** The error for a word that is no option, with the nearest one that is. */
export function unknownCommandFlag<S>(table: CommandTable<S>, word: string): ConfigError {
  const typed = word.replace(/=.*/s, "");
  const all = commandFlags(table).map(({ long }) => `--${long}`);
  return unknown("option", typed, nearest(typed, all));
}

/** The options, for a terminal. */
export function commandHelp<S>(table: CommandTable<S>): string {
  const rows = rowsOf(table).map(([key, row]) => helpRow(usage(key, row), row.help, wordsOf(row)));
  return `${rows.join("\n")}\n`;
}

/** The options as a table in Markdown. */
export function commandMarkdown<S>(table: CommandTable<S>): string {
  const rows = rowsOf(table).map(([key, row]) => {
    const flag = `\`${usage(key, row).trim()}\``.replaceAll("|", "\\|");
    return `| ${flag} | \`${yamlKeyOf(key)}\` | ${wordsOf(row) || "–"} | ${row.help} |`;
  });
  return ["| flag | key | default | meaning |", "|---|---|---|---|", ...rows].join("\n");
}

function rowsOf<S>(table: CommandTable<S>): readonly [string, CommandOption<unknown>][] {
  return Object.entries(table) as [string, CommandOption<unknown>][];
}

function rowOf<S>(table: CommandTable<S>, key: string): CommandOption<unknown> {
  return (table as unknown as Record<string, CommandOption<unknown>>)[
    key
  ] as CommandOption<unknown>;
}

function readRow<S>(table: CommandTable<S>, key: string, raw: unknown, where: string): unknown {
  const { kind } = rowOf(table, key);
  const value = kind.read(raw);
  if (value === undefined) throw unexpected(where, kind.expected, raw);
  return value;
}

function wordsOf({ fallback, fallbackWords, kind }: CommandOption<unknown>): string {
  if (fallbackWords !== undefined) return fallbackWords;
  return fallback === undefined ? "" : kind.show(fallback as NonNullable<unknown>);
}
