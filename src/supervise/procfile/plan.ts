import { CUSTOM_WEB, customWebEnvironment, WEB } from "./custom-web.ts";
import { ProcfileError } from "./errors.ts";
import { countOf, type Formation } from "./formation.ts";
import type { Procfile, ProcfileEntry } from "./parse.ts";

/** One process that is to run. */
export interface PlannedProcess {
  readonly type: string;
  /** From 1. */
  readonly instance: number;
  /** `web.1`, which is also its PS. */
  readonly name: string;
  readonly command: string;
  readonly port: number;
  /** What it gets besides the environment that all have: the `.env` files', PORT, PS. */
  readonly environment: Readonly<Record<string, string>>;
}

/** What is to run: in the order of the Procfile. */
export interface Plan {
  readonly root: string;
  readonly processes: readonly PlannedProcess[];
  /** `web` is there, and does not run: `custom_web` is the web server. */
  readonly isWebIgnored: boolean;
}

export interface PlanOptions {
  readonly root: string;
  readonly formation: Formation;
  /** The port of the first process of the first type. */
  readonly port: number;
  /** From one type's ports to the next one's. */
  readonly portStep: number;
  /** What the `.env` files say. */
  readonly settings: Readonly<Record<string, string>>;
  /** The environment that processes have besides. */
  readonly env: NodeJS.ProcessEnv;
  /** RACK_ENV of a `custom_web`, where nobody else says it. */
  readonly environment: string;
}

/** Foreman's base of ports where nobody names another. */
const FIRST_PORT = 5_000;
const HIGHEST_PORT = 65_535;

/**
 * Makes out the processes of a formation. The port is base + step × place in the file + instance - 1, whether or not what
 * comes before runs, as with foreman. Throws ProcfileError for a type that is not there, and for ports beyond 65535.
 */
export function planProcesses(procfile: Procfile, options: PlanOptions): Plan {
  const types = procfile.entries.map(({ type }) => type);
  const isIgnored = (type: string): boolean => type === WEB && types.includes(CUSTOM_WEB);
  for (const type of options.formation.counts.keys()) {
    if (!isIgnored(type)) mustBeThere(type, types, procfile.file);
  }
  const processes = procfile.entries.flatMap((entry, place) => {
    const count = isIgnored(entry.type) ? 0 : countOf(options.formation, entry.type);
    return Array.from({ length: count }, (_, index) => planned(entry, place, index + 1, options));
  });
  if (processes.length === 0) {
    throw new ProcfileError(
      `Nothing of ${procfile.file} is to run. Give one of ${types.join(", ")} a number above 0.`,
    );
  }
  return { root: options.root, processes, isWebIgnored: types.some(isIgnored) };
}

/** The base of ports: what is asked for, else PORT of the `.env` files, else that of the environment, else 5000. */
export function basePort(
  asked: number | undefined,
  settings: Readonly<Record<string, string>>,
  env: NodeJS.ProcessEnv,
): number {
  const written = settings["PORT"] ?? env["PORT"];
  if (asked !== undefined || !written) return asked ?? FIRST_PORT;
  if (!/^\d{1,5}$/.test(written)) {
    throw new ProcfileError(
      `PORT is ${JSON.stringify(written)}, which is no port. Correct it, or name one with -p PORT.`,
    );
  }
  return Number(written);
}

function planned(
  { type, command }: ProcfileEntry,
  place: number,
  instance: number,
  { root, port: base, portStep, settings, env, environment: rackEnv }: PlanOptions,
): PlannedProcess {
  const name = `${type}.${instance}`;
  const port = base + portStep * place + instance - 1;
  if (port > HIGHEST_PORT) {
    throw new ProcfileError(`${name} would have port ${port}. Name a lower one with -p PORT.`);
  }
  const web =
    type === CUSTOM_WEB ? customWebEnvironment({ ...env, ...settings }, root, rackEnv) : {};
  const environment = { ...web, ...settings, PORT: String(port), PS: name };
  return { type, instance, name, command, port, environment };
}

/** Throws ProcfileError, with the types that there are, for a type that is not. */
export function mustBeThere(type: string, types: readonly string[], file: string): void {
  if (type === WEB && types.includes(CUSTOM_WEB)) {
    throw new ProcfileError(
      `web is ignored where there is a custom_web, which is the web server. Say custom_web.`,
    );
  }
  if (types.includes(type)) return;
  throw new ProcfileError(`${file} has no ${type}. It has ${types.join(", ")}.`);
}
