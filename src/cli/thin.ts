import { existsSync } from "node:fs";
import { resolve } from "node:path";
import {
  fromEnvironment,
  fromForeignEnvironment,
  fromThin,
  NOTHING_TO_OPEN,
  settle,
  THIN_DEFAULTS,
  type ThinGiven,
  withThinFile,
} from "../config/index.ts";
import { thinFormat } from "../observe/index.ts";
import { takeListenFds } from "../unix/index.ts";
import { complaint } from "./complain.ts";
import { EXIT } from "./exit-codes.ts";
import { type Asked, checkOptions, readThin, ThinError } from "./thin-command-line.ts";
import { thinConfig } from "./thin-config.ts";
import { thinUsage } from "./thin-usage.ts";
import { version } from "./version.ts";

/** The command `thin`: resolves with the exit code, which is 0 or 1 as Thin's. */
export async function thin(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  try {
    return await run(readThin(argv), env);
  } catch (error) {
    console.error(thinComplaint(error));
    return EXIT.failed;
  }
}

async function run(asked: Asked, env: NodeJS.ProcessEnv): Promise<number> {
  switch (asked.kind) {
    case "help":
      console.log(thinUsage());
      return EXIT.ok;
    case "version":
      console.log(`thin 2.0.1 codename Thinception (gossamer ${version()})`);
      return EXIT.ok;
    case "nothing":
      console.log(`Command required\n${thinUsage()}`);
      return EXIT.failed;
    case "start":
      warn(asked.warnings);
      return start(await complete(asked.given, env), env);
    case "config":
      warn(asked.warnings);
      return thinConfig(asked.given, env);
  }
}

/** The options of the command line, with those of its config file over them. */
async function complete(asked: ThinGiven, env: NodeJS.ProcessEnv): Promise<ThinGiven> {
  const { given, warnings } = await withThinFile(asked, process.cwd(), env);
  warn(warnings);
  checkOptions(given);
  return given;
}

function warn(warnings: readonly string[]): void {
  for (const warning of warnings) console.error(warning);
}

async function start(given: ThinGiven, env: NodeJS.ProcessEnv): Promise<number> {
  const inherited = takeListenFds(env, process.pid).map(({ fd }) => fd);
  const settings = settle([
    fromThin(given),
    fromEnvironment(env),
    fromForeignEnvironment(env),
    ...(inherited.length > 0 ? [NOTHING_TO_OPEN] : []),
    THIN_DEFAULTS,
  ]);
  mustHaveAdapter(resolve(settings.chdir), settings.rackup);
  const format = settings.quiet ? () => "" : thinFormat(settings.debug);
  const { serve } = await import("./wire.ts");
  const { startServer } = await import("../server/index.ts");
  return serve({ settings, format, env, inherited }, startServer);
}

/** Thin guesses the adapter by the files of the app; of its guesses config.ru is the one that lives. */
function mustHaveAdapter(directory: string, rackup: string | undefined): void {
  if (!existsSync(directory)) {
    throw new ThinError(`No such file or directory @ dir_chdir - ${directory} (Errno::ENOENT)`);
  }
  if (rackup === undefined && !existsSync(resolve(directory, "config.ru"))) {
    throw new ThinError(`No adapter found for ${directory}`);
  }
}

/** Scripts look for Thin's words when a port is taken. */
function thinComplaint(error: unknown): string {
  const isListening = error instanceof Error && error.name === "ListenError";
  if (!isListening) return error instanceof ThinError ? error.message : complaint(error);
  return `no acceptor (port is in use or requires root privileges) (RuntimeError)\n${error.message}`;
}
