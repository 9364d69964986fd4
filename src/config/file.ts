import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { ConfigError, unexpected, unknown } from "./errors.ts";
import { nearest } from "./nearest.ts";
import { OPTION_NAMES, OPTIONS } from "./options.ts";
import { readValue, type Said } from "./source.ts";
import { yamlKeyOf } from "./spelling.ts";

const USUAL: readonly string[] = ["gossamer.yml", "config/gossamer.yml"];
/** Neither is there a file in a folder that is none. */
const NOT_THERE: readonly string[] = ["ENOENT", "ENOTDIR"];

/**
 * What the YAML file says: `named`, else the first usual one in `directory`, else nothing. Read as Ruby reads
 * YAML (1.1: `yes`, `on`, `0660`). An empty value says nothing.
 */
export async function fromFile(directory: string, named: string | undefined): Promise<Said> {
  for (const name of named === undefined ? USUAL : [named]) {
    const source = await read(resolve(directory, name), named !== undefined);
    if (source !== undefined) return parse(source, name);
  }
  return {};
}

async function read(path: string, isRequired: boolean): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const { code = "" } = cause as NodeJS.ErrnoException;
    if (!isRequired && NOT_THERE.includes(code)) return undefined;
    const why = code || String(cause);
    throw new ConfigError(`Cannot read ${path} (${why}). Correct --config or the file's mode.`, {
      cause,
    });
  }
}

async function parse(source: string, file: string): Promise<Said> {
  const { parseDocument } = await import("yaml");
  const document = parseDocument(source, { version: "1.1" });
  const [error] = document.errors;
  if (error) throw new ConfigError(`${file}: ${error.message.split("\n")[0]}`, { cause: error });
  const content: unknown = document.toJS() ?? {};
  if (typeof content !== "object" || content === null || Array.isArray(content)) {
    throw unexpected(file, "a list of `key: value`", content);
  }
  return Object.assign({}, ...Object.entries(content).map(([key, raw]) => readKey(key, raw, file)));
}

const IN_FILE = OPTION_NAMES.filter((name) => !OPTIONS[name].isBeforeFile);

function readKey(key: string, raw: unknown, file: string): Said {
  const name = IN_FILE.find((one) => yamlKeyOf(one) === key.replaceAll("-", "_"));
  if (name === undefined) {
    throw unknown("key", `${key} in ${file}`, nearest(key, IN_FILE.map(yamlKeyOf)));
  }
  return raw === null ? {} : readValue(name, raw, `${file}: ${key}`);
}
