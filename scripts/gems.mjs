#!/usr/bin/env node
/**
 * Installs gems with bundler into `.gems/` of this checkout, and nowhere else.
 *
 *     node scripts/gems.mjs              every <name>/Gemfile in examples, test/gems and test/peers
 *     node scripts/gems.mjs rails        one of them; a path to a folder or a Gemfile will do too
 */
import { existsSync, readdirSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureBundle, nameOf } from "./gems/bundle.mjs";
import { checkout, GemsError, gemEnvironment, rubyDescription, shelfOf } from "./gems/bundler.mjs";

export { GemsError, gemEnvironment };

const shelves = ["examples", "test/gems", "test/peers"];

/**
 * Installs what is missing; resolves with one result per bundle, and writes a line about each. What goes to different
 * places is installed side by side: most of it is compiling, and that in turn mostly waits for itself.
 */
export async function installGems(names = [], write = () => {}) {
  const gemfiles = names.length > 0 ? names.flatMap(gemfileOf) : everyGemfile();
  if (gemfiles.length === 0) return [];
  const ruby = await rubyDescription();
  const isElsewhere = (gemfile) => shelfOf(gemfile) !== shelfOf(gemfiles[0]);
  const lines = [gemfiles.filter((gemfile) => !isElsewhere(gemfile)), gemfiles.filter(isElsewhere)];
  const ended = await Promise.allSettled(lines.map((line) => installLine(line, ruby, write)));
  const failed = ended.find(({ status }) => status === "rejected");
  if (failed) throw failed.reason;
  return ended.flatMap(({ value }) => value);
}

async function installLine(gemfiles, ruby, write) {
  const results = [];
  for (const gemfile of gemfiles) results.push(await installBundle(gemfile, ruby, write));
  return results;
}

async function installBundle(gemfile, ruby, write) {
  const name = nameOf(gemfile);
  const startedMs = performance.now();
  const { gemCount, isFresh } = await ensureBundle(gemfile, ruby, () =>
    write(`${name}: installing gems …\n`),
  );
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  const gems = `${gemCount} ${gemCount === 1 ? "gem" : "gems"}`;
  write(`${name}: ${gems} ${isFresh ? "up to date" : `installed in ${seconds} s`}\n`);
  return { name, gemfile, gemCount, isFresh };
}

function everyGemfile() {
  const folders = shelves.flatMap((shelf) =>
    readdirSync(join(checkout, shelf)).map((name) => join(checkout, shelf, name)),
  );
  return folders.map((folder) => join(folder, "Gemfile")).filter(existsSync);
}

/** A folder without a Gemfile needs no gems; a folder that does not exist is a mistake. */
function gemfileOf(name) {
  const shelved = ["", ...shelves].map((shelf) => join(checkout, shelf, name));
  const place = [resolve(name), ...shelved].find(existsSync);
  if (!place) {
    throw new GemsError(`There is no bundle "${name}". Name a folder of ${shelves.join(" or ")}.`);
  }
  const gemfile = basename(place) === "Gemfile" ? place : join(place, "Gemfile");
  return existsSync(gemfile) ? [gemfile] : [];
}

async function main() {
  try {
    await installGems(process.argv.slice(2), (text) => process.stdout.write(text));
  } catch (error) {
    if (!(error instanceof GemsError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) await main();
