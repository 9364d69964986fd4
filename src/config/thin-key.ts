import { ConfigError } from "./errors.ts";
import { nearest } from "./nearest.ts";
import type { ThinValue } from "./thin-given.ts";
import { THIN_OPTIONS, type ThinOption } from "./thin-options.ts";

const NOT_IN_FILES: readonly string[] = ["config", "all", "help", "version"];
const IN_FILES = THIN_OPTIONS.filter(({ key }) => !NOT_IN_FILES.includes(key));

/** The option that a key of a file means: `port`, `:port`, and `max-conns` for `max_conns`. */
export function optionOf(key: unknown): ThinOption | undefined {
  const name = nameOf(key);
  return IN_FILES.find((option) => option.key === name);
}

/** What is said of a key that no option has. */
export function unknownKey(key: unknown, file: string): string {
  const near = nearest(
    nameOf(key),
    IN_FILES.map((option) => option.key),
  );
  const hint = near === undefined ? "" : ` Did you mean ${near}?`;
  return `WARNING: Unknown key ${String(key)} in ${file} is ignored.${hint}`;
}

/** What a value of a file gives its option; undefined for none (`false`, empty). Throws a ConfigError. */
export function readThinValue(
  { key, argument, isRepeatable }: ThinOption,
  raw: unknown,
  file: string,
): ThinValue | undefined {
  // `swiftiply:` is how Thin writes an option whose argument was left out.
  if (raw === null && argument?.startsWith("[")) return true;
  if (raw === null || raw === false) return undefined;
  const words = (Array.isArray(raw) ? raw : [raw]).map(wordOf);
  if (words.includes(undefined) || (Array.isArray(raw) && !isRepeatable)) {
    throw unfit(file, key, isRepeatable ? "a list of files" : "one value", raw);
  }
  if (Array.isArray(raw) || key === "require") {
    return words.length === 0 ? undefined : (words as readonly string[]);
  }
  // Ruby takes anything for true that is not false or nil.
  if (argument === undefined || (raw === true && argument.startsWith("["))) return true;
  if (raw === true) throw unfit(file, key, "a value", raw);
  return words[0];
}

function nameOf(key: unknown): string {
  return String(key).replace(/^:/, "").replaceAll("-", "_");
}

/** Undefined for what is a list or a map; `:production` is Ruby's way to write `production`. */
function wordOf(raw: unknown): string | undefined {
  if (typeof raw === "object") return undefined;
  return String(raw).replace(/^:(?=[a-z_]\w*$)/i, "");
}

function unfit(file: string, key: string, expected: string, raw: unknown): ConfigError {
  const got = Array.isArray(raw) ? "a list" : typeof raw === "object" ? "a map" : String(raw);
  return new ConfigError(`${file}: ${key}: expected ${expected}, got ${got}.`);
}
