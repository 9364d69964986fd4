import { readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { ProcfileError } from "./errors.ts";

/** What was asked for, as it was typed. */
export interface ProcfileWish {
  readonly procfile: string | undefined;
  readonly root: string | undefined;
}

/** Which Procfile it is, and the folder that its processes run in. Both absolute. */
export interface ProcfilePlace {
  readonly path: string;
  /** What messages call it. */
  readonly file: string;
  readonly root: string;
}

/** The folder that processes run in: the one that is named, else that of the Procfile. Absolute. */
export function rootOf({ procfile, root }: ProcfileWish, directory: string): string {
  if (root !== undefined) return resolve(directory, root);
  return procfile === undefined ? directory : dirname(resolve(directory, procfile));
}

/**
 * The Procfile that is named, else the one for `environment` (`Procfile_production`, `Procfile.production`), else
 * `Procfile`. Throws ProcfileError when it is not there, or when there are two for the environment.
 */
export function findProcfile(
  wish: ProcfileWish,
  directory: string,
  environment: string | undefined,
): ProcfilePlace {
  const root = rootOf(wish, directory);
  if (wish.procfile !== undefined) {
    const path = resolve(directory, wish.procfile);
    return mustExist({ path, file: wish.procfile, root });
  }
  const special = environment === undefined ? undefined : specialIn(root, environment);
  const file = special ?? "Procfile";
  return mustExist({ path: join(root, file), file, root });
}

/** The text of a file that a user has named. Throws ProcfileError when it cannot be read. */
export function readNamed(path: string, file: string, advice: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const why = code === "ENOENT" ? `${file} does not exist.` : `Cannot read ${file} (${code}).`;
    throw new ProcfileError(`${why} ${advice}`, { cause });
  }
}

function specialIn(root: string, environment: string): string | undefined {
  // An environment is a word; with a slash in it, it would lead elsewhere.
  if (!/^[\w-]+$/.test(environment)) return undefined;
  const names = [`Procfile_${environment}`, `Procfile.${environment}`];
  const found = names.filter((name) => isFile(join(root, name)));
  if (found.length < 2) return found[0];
  throw new ProcfileError(
    `${found.join(" and ")} are both there. Name the one to run with -f FILE.`,
  );
}

function mustExist(place: ProcfilePlace): ProcfilePlace {
  if (isFile(place.path)) return place;
  const { file, root } = place;
  throw new ProcfileError(
    `${file} does not exist in ${root}. Name the Procfile with -f FILE, or its folder with -d DIR.`,
  );
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
