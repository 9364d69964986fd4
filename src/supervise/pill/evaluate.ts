import { access, constants, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { PillError } from "./errors.ts";
import { Keeper } from "./keeper.ts";
import type { PillContent } from "./messages.ts";
import { PILL_DEFAULTS, type PillOptions } from "./options.ts";

/** What the caller must say; the rest has defaults. */
export type PillRequest = Partial<PillOptions> & Pick<PillOptions, "cwd" | "env">;

/**
 * Reads the pill at `path` and says what is in it. Nothing of it is left running: checks and triggers that the pill
 * defines need a PillHost. Rejects with a PillError, or with a RubyError where there is no Ruby.
 */
export async function evaluatePill(path: string, request: PillRequest): Promise<PillContent> {
  const options = optionsOf(request);
  const { keeper, content } = await Keeper.open(await fileAt(path, options.cwd), options);
  await keeper.close();
  return content;
}

/** The request with its gaps filled. */
export function optionsOf(request: PillRequest): PillOptions {
  return { ...PILL_DEFAULTS, ...request };
}

/** The absolute path of a pill. Rejects with a PillError where there is no file that can be read. */
export async function fileAt(path: string, cwd: string): Promise<string> {
  const file = resolve(cwd, path);
  const found = await stat(file).catch(() => undefined);
  if (found === undefined) throw new PillError("ERR_PILL_FILE", `Can't find file: ${file}`);
  if (found.isDirectory()) throw unreadable(file, "it is a folder");
  await access(file, constants.R_OK).catch((error: NodeJS.ErrnoException) => {
    throw unreadable(file, error.code ?? error.message, error);
  });
  return file;
}

function unreadable(file: string, why: string, cause?: unknown): PillError {
  return new PillError("ERR_PILL_FILE", `${file} cannot be read: ${why}.`, { cause });
}
