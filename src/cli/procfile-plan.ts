import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { ProcfileSettings } from "../config/index.ts";
import {
  basePort,
  type Formation,
  findProcfile,
  mustBeThere,
  ONE_OF_EACH,
  type Plan,
  type Procfile,
  parseEnvFile,
  parseFormation,
  parseProcfile,
  planProcesses,
  readNamed,
  rootOf,
} from "../supervise/index.ts";

/** A Procfile that was read, and what is to come of it. */
export interface ReadPlan {
  readonly procfile: Procfile;
  readonly plan: Plan;
}

/**
 * Reads the Procfile and the `.env` files that `settings` name, from where the command was typed. `names` are types that
 * are to run, and no others; none means all. Throws ProcfileError.
 */
export function readPlan(
  asked: ProcfileSettings,
  names: readonly string[],
  directory: string,
  env: NodeJS.ProcessEnv,
  purpose: "run" | "export" = "run",
): ReadPlan {
  const settings = envSettings(asked, directory);
  const environment = asked.environment ?? environmentIn({ ...env, ...settings });
  const { path, file, root } = findProcfile(asked, directory, environment);
  const procfile = parseProcfile(readNamed(path, file, "Correct its mode."), file);
  const types = procfile.entries.map(({ type }) => type);
  for (const name of names) mustBeThere(name, types, file);
  const plan = planProcesses(procfile, {
    root,
    formation: formationOf(asked, names),
    port: basePort(asked.port, settings, env),
    portStep: asked.portStep,
    settings,
    // What is exported runs elsewhere, without our environment.
    env: purpose === "run" ? env : {},
    environment: environment ?? (purpose === "run" ? "development" : "production"),
  });
  return { procfile, plan };
}

function envSettings(
  { procfile, root, env }: ProcfileSettings,
  directory: string,
): Readonly<Record<string, string>> {
  const usual = join(rootOf({ procfile, root }, directory), ".env");
  const files = env.length > 0 ? env : existsSync(usual) ? [usual] : [];
  const read = files.map((file) => {
    const text = readNamed(resolve(directory, file), file, "Name the files with -e FILE,FILE.");
    return parseEnvFile(text);
  });
  return Object.assign({}, ...read);
}

function environmentIn(env: NodeJS.ProcessEnv): string | undefined {
  return env["RACK_ENV"] || env["RAILS_ENV"] || undefined;
}

/** Types that are named run alone: as often as the formation says, or else once. */
function formationOf(asked: ProcfileSettings, names: readonly string[]): Formation {
  const text = asked.formation ?? asked.concurrency;
  const formation = text === undefined ? ONE_OF_EACH : parseFormation(text);
  if (names.length === 0) return formation;
  const counts = names.map((name) => [name, formation.counts.get(name) ?? 1] as const);
  return { counts: new Map(counts), others: 0 };
}
