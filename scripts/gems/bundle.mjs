/** One Gemfile's gems: are they all there, and if not, get them. */
import { writeFileSync } from "node:fs";
import { dirname, relative } from "node:path";
import { bundle, checkout, fileOf, GemsError } from "./bundler.mjs";
import { readStamp, writeStamp } from "./stamp.mjs";

/** Cheapest question first: our stamp (no process), `bundle check` (no network), `bundle install`, which is told before. */
export async function ensureBundle(gemfile, ruby, installing) {
  const known = readStamp(gemfile, ruby);
  if (known) return { gemCount: known.length, isFresh: true };
  const isFresh = (await bundle(["check"], gemfile)).status === 0;
  if (!isFresh) {
    installing();
    await install(gemfile);
  }
  const folders = await gemFolders(gemfile);
  writeStamp(gemfile, ruby, folders);
  return { gemCount: folders.length, isFresh };
}

/** What messages call it: its folder, from the checkout when it is in there. */
export function nameOf(gemfile) {
  const name = relative(checkout, dirname(gemfile));
  return name === "" || name.startsWith("..") ? dirname(gemfile) : name;
}

async function install(gemfile) {
  const { status, output } = await bundle(["install"], gemfile);
  if (status !== 0) fail(gemfile, output);
}

async function gemFolders(gemfile) {
  const { status, output } = await bundle(["list", "--paths"], gemfile);
  if (status !== 0) fail(gemfile, output);
  return output.split("\n").filter((line) => line.startsWith("/"));
}

function fail(gemfile, output) {
  const log = fileOf(gemfile, "logs", "log");
  writeFileSync(log, output);
  const why = `${reason(output)} (all of it: ${relative(checkout, log)})`;
  throw new GemsError(`The gems of ${nameOf(gemfile)} could not be installed: ${why}`);
}

/** What bundler gave as the cause if it did, else the last thing it said. */
function reason(output) {
  if (/find gem bundler/.test(output)) return bundlerMissing;
  const said = output.split("\n").map((line) => line.trim());
  const lines = said.filter((line) => line !== "");
  const cause = lines.find((line) => /^(An error occurred|Could not)|error parsing/.test(line));
  return (cause ?? lines.at(-1) ?? "bundler said nothing").replace(/[^.]$/, "$&.");
}

const bundlerMissing =
  "Ruby has no bundler. Run `gem install bundler` (Debian: apt install ruby-bundler).";
