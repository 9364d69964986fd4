import { existsSync } from "node:fs";
import { resolve } from "node:path";

/** The ways to make an app: by a rackup file, by the one of a Rails app, of the files in a folder. */
export const ADAPTERS = ["rack", "rails", "file"] as const;

export type Adapter = (typeof ADAPTERS)[number];

const RACKUP = "config.ru";
const RAILS = "config/environment.rb";

/** The adapter that the files in `directory` are for, as Thin guesses it; undefined when there are none of an app. */
export function guessAdapter(directory: string): Adapter | undefined {
  if (existsSync(resolve(directory, RACKUP))) return "rack";
  return existsSync(resolve(directory, RAILS)) ? "rails" : undefined;
}

/** What `adapter` makes the app in `directory` of, absolute. A Rails app of today has a config.ru. */
export function sourceOf(adapter: Adapter, directory: string): string {
  if (adapter === "file") return directory;
  const isBare = adapter === "rails" && !existsSync(resolve(directory, RACKUP));
  return resolve(directory, isBare ? RAILS : RACKUP);
}
