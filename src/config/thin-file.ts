import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { RubyError, renderErb, type Template } from "../ruby/index.ts";
import { ConfigError } from "./errors.ts";
import type { ThinGiven, ThinValue } from "./thin-given.ts";
import { optionOf, readThinValue, unknownKey } from "./thin-key.ts";
import { takeRackup } from "./thin-rackup.ts";
import { parseThinYaml } from "./thin-yaml.ts";

/** What a command is to go by, and what the operator is told besides. */
export interface WithFile {
  readonly given: ThinGiven;
  readonly warnings: readonly string[];
}

/**
 * Lays the file that `given` names as its `config`, if any, over what was given: the file wins, as with Thin, and
 * takes away what it says `false` or nothing to. Paths are those of `directory`, where the command was typed.
 * Rejects with a ConfigError or an ErbError that says what is wrong with the file.
 */
export async function withThinFile(
  given: ThinGiven,
  directory: string,
  env: NodeJS.ProcessEnv,
): Promise<WithFile> {
  const file = given.get("config");
  if (typeof file !== "string") return { given, warnings: [] };
  const content = await contentOf(file, directory, env);
  const merged = new Map(given);
  merged.delete("config");
  const warnings: string[] = [];
  for (const [key, raw] of content) {
    const option = optionOf(key);
    if (option === undefined) warnings.push(unknownKey(key, file));
    else put(merged, option.key, readThinValue(option, raw, file));
  }
  const chdir = merged.get("chdir");
  if (typeof chdir === "string") merged.set("chdir", resolve(directory, chdir));
  return { given: merged, warnings: [...warnings, ...takeRackup(merged)] };
}

async function contentOf(
  file: string,
  directory: string,
  env: NodeJS.ProcessEnv,
): Promise<ReadonlyMap<unknown, unknown>> {
  const source = await read(resolve(directory, file));
  const isRendered = source.includes("<%");
  const text = isRendered ? await render({ text: source, file, directory }, env) : source;
  return parseThinYaml({ text, file, isRendered });
}

async function render(template: Template, env: NodeJS.ProcessEnv): Promise<string> {
  try {
    return await renderErb(template, env);
  } catch (cause) {
    if (!(cause instanceof RubyError)) throw cause;
    throw new ConfigError(
      `${template.file} has ERB in it, which a Ruby must render. ${cause.message}`,
      { cause },
    );
  }
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const { code = "", message } = cause as NodeJS.ErrnoException;
    const why = REASONS[code] ?? message;
    throw new ConfigError(
      `Cannot read the config file ${path}: ${why}. Name another with -C FILE.`,
      { cause },
    );
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EISDIR: "it is a folder",
  ENOENT: "it is not there",
  ENOTDIR: "its folder is a file",
};

function put(merged: Map<string, ThinValue>, key: string, value: ThinValue | undefined): void {
  if (value === undefined) merged.delete(key);
  else merged.set(key, value);
}
