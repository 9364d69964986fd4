import { unknown } from "./errors.ts";
import { nearest } from "./nearest.ts";
import { OPTION_NAMES, OPTIONS } from "./options.ts";
import type { SettingName } from "./settings.ts";
import { readValue, type Said } from "./source.ts";
import { flagOf } from "./spelling.ts";

/** A row of the table as a command line sees it. */
export interface Flag {
  readonly key: SettingName;
  readonly short: string | undefined;
  readonly long: string;
  readonly argument: "required" | undefined;
  readonly negatable: boolean;
}

export const FLAGS: readonly Flag[] = OPTION_NAMES.map((key) => ({
  key,
  short: OPTIONS[key].short,
  long: flagOf(key),
  argument: OPTIONS[key].kind.placeholder === "" ? undefined : "required",
  negatable: OPTIONS[key].kind.placeholder === "",
}));

/** What the flags say: a later one wins over an earlier one of its name, but lists grow. */
export function fromFlags(given: readonly (readonly [SettingName, unknown])[]): Said {
  const raws = new Map<SettingName, unknown>();
  for (const [name, raw] of given) {
    const before = raws.get(name);
    raws.set(
      name,
      !OPTIONS[name].kind.isList ? raw : Array.isArray(before) ? [...before, raw] : [raw],
    );
  }
  return Object.assign(
    {},
    ...[...raws].map(([name, raw]) => readValue(name, raw, `--${flagOf(name)}`)),
  );
}

/** The error for a word that is no option, with the nearest one that is. */
export function unknownFlag(word: string): Error {
  const typed = word.replace(/=.*/s, "");
  const all = FLAGS.flatMap(({ long, negatable }) => (negatable ? [long, `no-${long}`] : [long]));
  return unknown(
    "option",
    typed,
    nearest(
      typed,
      all.map((long) => `--${long}`),
    ),
  );
}
