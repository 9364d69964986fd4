import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type CommandTable, commandSaid } from "./command-table.ts";
import { ConfigError, unexpected } from "./errors.ts";
import { EXPORT_OPTIONS, UP_OPTIONS } from "./procfile-options.ts";
import { yamlKeyOf } from "./spelling.ts";

/** Where foreman, too, looks for defaults. */
const FILE = ".foreman";

/** What is another command's, or foreman's alone. */
const OTHERS: readonly string[] = [
  ...[...Object.keys(UP_OPTIONS), ...Object.keys(EXPORT_OPTIONS)].map(yamlKeyOf),
  "template",
  "run",
];

/** What `.foreman` in `directory` says of the options of a command; nothing when it is not there. Rejects with ConfigError. */
export async function fromForemanFile<S>(
  table: CommandTable<S>,
  directory: string,
): Promise<Partial<S>> {
  const source = await read(join(directory, FILE));
  if (source === undefined) return {};
  const { parseDocument } = await import("yaml");
  const document = parseDocument(source, { version: "1.1" });
  const [error] = document.errors;
  if (error) throw new ConfigError(`${FILE}: ${error.message.split("\n")[0]}`, { cause: error });
  const content: unknown = document.toJS() ?? {};
  if (typeof content !== "object" || content === null || Array.isArray(content)) {
    throw unexpected(FILE, "a list of `key: value`", content);
  }
  return commandSaid(table, content as Record<string, unknown>, FILE, OTHERS);
}

async function read(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    // Some have a folder of that name.
    if (code === "ENOENT" || code === "EISDIR") return undefined;
    throw new ConfigError(`Cannot read ${FILE} (${code}). Correct its mode.`, { cause });
  }
}
