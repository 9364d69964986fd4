import { existsSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";

/** How `bundle exec` has every Ruby set its bundle up before anything else. */
const SETUP = /(^|\s)-r\s?\S*bundler\/setup(?=\s|$)/g;

/**
 * Takes out of `env` what `bundle exec` has pinned it to, where that is the bundle of the app in `directory`: who loads the
 * app finds it by that folder, and when the folder has become another release, that one's. A Gemfile from elsewhere stays.
 */
export function forgetOwnBundle(directory: string, env: NodeJS.ProcessEnv): void {
  const { BUNDLE_GEMFILE: pinned, RUBYOPT: options } = env;
  if (!pinned || realPath(pinned) !== gemfileAbove(realPath(directory))) return;
  delete env["BUNDLE_GEMFILE"];
  if (options !== undefined) env["RUBYOPT"] = options.replace(SETUP, "").trim();
}

/** Bundler's two names for it. */
const GEMFILES = ["Gemfile", "gems.rb"];

/** The nearest Gemfile, from the folder up. */
function gemfileAbove(folder: string): string | undefined {
  const file = GEMFILES.map((name) => join(folder, name)).find(existsSync);
  if (file !== undefined) return realPath(file);
  const above = dirname(folder);
  return above === folder ? undefined : gemfileAbove(above);
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // What is not there is no other than itself.
    return path;
  }
}
