import { delimiter, join, resolve } from "node:path";
import { RubyError } from "./errors.ts";
import { firstExecutable, installsOf } from "./installs.ts";
import { probe, type RubyFacts } from "./probe.ts";
import { type Wanted, wantedVersion } from "./wanted.ts";

/** A Ruby that can run an app. */
export interface Ruby extends RubyFacts {
  /** The executable, absolute. */
  readonly path: string;
  /** What the app's files ask for, when this one is another version. */
  readonly otherThan: Wanted | undefined;
}

const OLDEST = "2.7";

/**
 * Finds the Ruby for the app in `directory`: `GOSSAMER_RUBY`, else the installed one that `.ruby-version` or
 * `.tool-versions` names, else `ruby` on PATH. Rejects with a RubyError when that one is missing, broken or too old.
 */
export async function findRuby(directory: string, env: NodeJS.ProcessEnv): Promise<Ruby> {
  const wanted = await wantedVersion(resolve(directory));
  const path = await choose(directory, wanted, env);
  const facts = await probe(path, env);
  if (typeof facts === "string") throw broken(path, facts);
  if (isOlder(facts.version, OLDEST)) throw tooOld(path, facts.version);
  const isWanted = wanted === undefined || matches(facts.version, wanted.version);
  return { ...facts, path, otherThan: isWanted ? undefined : wanted };
}

async function choose(
  directory: string,
  wanted: Wanted | undefined,
  env: NodeJS.ProcessEnv,
): Promise<string> {
  const named = env["GOSSAMER_RUBY"];
  if (named) return (await lookUp(named, directory, env)) ?? raise(notThere(named));
  const installed = wanted && (await firstExecutable(installsOf(wanted.version, env)));
  return installed ?? (await lookUp("ruby", directory, env)) ?? raise(nowhere(wanted));
}

/** A name with a slash is a path, any other is looked for on PATH, as in a shell. */
function lookUp(
  name: string,
  directory: string,
  env: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  if (name.includes("/")) return firstExecutable([resolve(directory, name)]);
  const folders = (env["PATH"] ?? "").split(delimiter).filter(Boolean);
  return firstExecutable(folders.map((folder) => join(folder, name)));
}

function isOlder(version: string, than: string): boolean {
  return version.localeCompare(than, "en", { numeric: true }) < 0;
}

/** `3.1` asks for any 3.1.x. */
function matches(version: string, wanted: string): boolean {
  return version === wanted || version.startsWith(`${wanted}.`);
}

function raise(error: Error): never {
  throw error;
}

function notThere(named: string): RubyError {
  return new RubyError(
    `GOSSAMER_RUBY is ${named}, and there is no such executable. Correct it or unset it.`,
  );
}

function nowhere(wanted: Wanted | undefined): RubyError {
  const asked = wanted ? ` ${wanted.version} (asked for by ${wanted.file})` : "";
  return new RubyError(
    `No Ruby${asked} found: not on PATH nor with rbenv, asdf, mise, RVM or chruby. ` +
      `Install Ruby ${OLDEST} or newer, or name one in GOSSAMER_RUBY.`,
  );
}

function broken(path: string, why: string): RubyError {
  return new RubyError(
    `The Ruby at ${path} does not run: ${why}. Repair it, or name another in GOSSAMER_RUBY.`,
  );
}

function tooOld(path: string, version: string): RubyError {
  return new RubyError(
    `The Ruby at ${path} is ${version}; ${OLDEST} or newer is needed. Name another in GOSSAMER_RUBY.`,
  );
}
