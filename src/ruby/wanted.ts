import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** The Ruby version that an app asks for, and the file that says so. */
export interface Wanted {
  readonly version: string;
  readonly file: string;
}

/**
 * What the nearest `.ruby-version` or `.tool-versions` says, from `directory` upwards.
 * `system` asks for nothing.
 */
export async function wantedVersion(directory: string): Promise<Wanted | undefined> {
  for (const folder of upwards(directory)) {
    const wanted =
      (await versionIn(join(folder, ".ruby-version"), /^\s*(?:ruby-)?([^\s#]+)/)) ??
      (await versionIn(join(folder, ".tool-versions"), /^\s*ruby\s+([^\s#]+)/m));
    if (wanted) return wanted.version === "system" ? undefined : wanted;
  }
  return undefined;
}

function* upwards(directory: string): Generator<string> {
  for (let folder = directory; ; folder = dirname(folder)) {
    yield folder;
    if (folder === dirname(folder)) return;
  }
}

async function versionIn(file: string, pattern: RegExp): Promise<Wanted | undefined> {
  // A file that is not there asks for nothing.
  const text = await readFile(file, "utf8").catch(() => "");
  const version = pattern.exec(text)?.[1];
  return version === undefined ? undefined : { version, file };
}
