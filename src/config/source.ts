import { unexpected } from "./errors.ts";
import { OPTIONS } from "./options.ts";
import type { SettingName, Settings } from "./settings.ts";

/** What one source (flags, environment, file) says. What it does not mention is not there. */
export type Said = Partial<Settings>;

/** Options that say the same thing: a source that says one of them silences the others of weaker sources. */
const LISTENING: readonly SettingName[] = ["listen", "port", "socket"];

/** Reads a raw value; `where` is what the error is about, as the operator wrote it. */
export function readValue(name: SettingName, raw: unknown, where: string): Said {
  const value = OPTIONS[name].kind.read(raw);
  if (value === undefined) throw unexpected(where, OPTIONS[name].kind.expected, raw);
  return { [name]: value };
}

/** Says that sockets were handed over: nothing else is listened on unless it is asked for. */
export const NOTHING_TO_OPEN: Said = { listen: [] };

/** One complete set of settings; the earlier source wins. */
export function settle(sources: readonly Said[]): Settings {
  const fallbacks = Object.entries(OPTIONS).map(([name, { fallback }]) => [name, fallback]);
  return sources.reduceRight<Settings>(
    (settled, said) => ({ ...withoutRivals(settled, said), ...said }),
    Object.fromEntries(fallbacks),
  );
}

function withoutRivals(settled: Settings, said: Said): Settings {
  if (!LISTENING.some((name) => said[name] !== undefined)) return settled;
  return { ...settled, listen: [], port: undefined, socket: undefined };
}
