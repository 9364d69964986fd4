/** The gems of one peer together with those of one app, installed below `.gems/bench`. */

import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { runClient } from "./processes/run-client.ts";
import { ROOT } from "./root.ts";

const HOME = resolve(ROOT, ".gems/bench");

export type Bundle = {
  readonly environment: Readonly<Record<string, string>>;
  /** Locked versions by gem name. */
  readonly versions: Readonly<Record<string, string>>;
};

/** Resolves when every gem is there; rejects with Bundler's words when the set cannot be installed. */
export async function installBundle(gem: string, appDir: string): Promise<Bundle> {
  const gemfile = await writeGemfile(gem, appDir);
  const environment = { BUNDLE_GEMFILE: gemfile, BUNDLE_PATH: HOME };
  try {
    await runClient("bundle", ["check"], environment);
  } catch {
    await runClient("bundle", ["install", "--quiet"], environment); // not there yet: the usual case
  }
  return { environment, versions: parseLock(await readFile(`${gemfile}.lock`, "utf8")) };
}

async function writeGemfile(gem: string, appDir: string): Promise<string> {
  const folder = join(HOME, "bundles", `${gem}+${basename(appDir)}`);
  await mkdir(folder, { recursive: true });
  const gemfile = join(folder, "Gemfile");
  const own = resolve(ROOT, "bench/gems", gem, "Gemfile");
  await writeFile(
    gemfile,
    [...appGems(appDir), `eval_gemfile ${JSON.stringify(own)}`, ""].join("\n"),
  );
  return gemfile;
}

function appGems(appDir: string): readonly string[] {
  const gemfile = join(appDir, "Gemfile");
  if (existsSync(gemfile)) return [`eval_gemfile ${JSON.stringify(gemfile)}`];
  return ["source Gem.sources.to_a.first", 'gem "rack"'];
}

/** Reads the `specs:` of a Gemfile.lock: gems stand four spaces in, what they need six. */
export function parseLock(lock: string): Readonly<Record<string, string>> {
  const specs = lock.matchAll(/^ {4}(\S+) \(([^)]+)\)$/gm);
  return Object.fromEntries([...specs].map(([, name = "", version = ""]) => [name, version]));
}
