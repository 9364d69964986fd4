import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { ThinGiven } from "../config/index.ts";
import { startChild } from "../unix/index.ts";
import { EXIT } from "./exit-codes.ts";
import type { ThinCommand } from "./thin-command-line.ts";
import { textOf } from "./thin-place.ts";
import { thinVoice } from "./thin-voice.ts";

/** Where `thin install` puts it, and where init scripts look. */
export const SERVICE_FOLDER = "/etc/thin";

/**
 * `--all DIR`: does `command` with each config file in DIR, in the order of their names. Resolves with 1 when one of
 * them failed; the others are dealt with all the same.
 */
export async function forAll(command: ThinCommand, given: ThinGiven): Promise<number> {
  const folder = textOf(given, "all") ?? SERVICE_FOLDER;
  const voice = thinVoice(given);
  let code: number = EXIT.ok;
  for (const name of await configsIn(folder)) {
    const file = join(folder, name);
    voice.say(`[${command}] ${file} ...`);
    code = Math.max(code, await runSelf([command, `--config=${file}`, "--daemonize"]));
  }
  return code;
}

/** Every file but the hidden ones and what editors leave; none where there is no folder, as with Thin. */
async function configsIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => !name.startsWith(".") && !name.endsWith("~")).sort();
}

async function runSelf(words: readonly string[]): Promise<number> {
  const [script = ""] = process.argv.slice(1);
  const argv = [...process.execArgv, script, ...words];
  const child = startChild(process.execPath, argv, { stdio: ["ignore", "inherit", "inherit"] });
  return (await child.exited).code === EXIT.ok ? EXIT.ok : EXIT.failed;
}
