import { unknown } from "./errors.ts";
import { nearest } from "./nearest.ts";
import { OPTION_NAMES, OPTIONS } from "./options.ts";
import { readValue, type Said } from "./source.ts";
import { envOf } from "./spelling.ts";

/** Our variables that are no options. */
const OTHERS: readonly string[] = [
  "GOSSAMER_RUBY",
  "GOSSAMER_HOME",
  "GOSSAMER_NODE",
  "GOSSAMER_UP",
];

/** What the `GOSSAMER_…` variables say. An empty one says nothing; an unknown one is an error. */
export function fromEnvironment(env: NodeJS.ProcessEnv): Said {
  const known = OPTION_NAMES.map(envOf);
  for (const key of Object.keys(env)) {
    if (!key.startsWith("GOSSAMER_") || known.includes(key) || OTHERS.includes(key)) continue;
    throw unknown("variable", key, nearest(key, known));
  }
  return valuesOf(env, envOf);
}

/** What other people's variables say that we hear: RACK_ENV. The weakest source but the defaults. */
export function fromForeignEnvironment(env: NodeJS.ProcessEnv): Said {
  return valuesOf(env, (name) => OPTIONS[name].alsoEnv);
}

function valuesOf(
  env: NodeJS.ProcessEnv,
  variableOf: (name: (typeof OPTION_NAMES)[number]) => string | undefined,
): Said {
  const said: Said[] = [];
  for (const name of OPTION_NAMES) {
    const variable = variableOf(name);
    const raw = variable === undefined ? undefined : env[variable];
    if (variable !== undefined && raw) said.push(readValue(name, raw, variable));
  }
  return Object.assign({}, ...said);
}
