import { accessSync, constants } from "node:fs";
import { delimiter, resolve } from "node:path";
import type { Readable } from "node:stream";
import { type Exit, startChild } from "../unix/index.ts";
import type { Command } from "./description.ts";
import type { Ids, Surroundings } from "./surroundings.ts";

/** Where a process's input comes from and its output goes; `/dev/null` where nothing is said. */
export interface Streams {
  readonly stdin?: string | undefined;
  readonly stdout?: string | undefined;
  readonly stderr?: string | undefined;
}

/**
 * What the shell does before it becomes the program: files are opened by who the program runs as, and a terminal that
 * goes away is not its concern. Words: umask ("" leaves it), the three files, the program's words.
 */
const PRELUDE = [
  "trap '' HUP",
  // Its own number, before it is the program: also when who started it is killed in this moment.
  "printf %s $$ 2>/dev/null >&3; exec 3>&-",
  '[ -z "$1" ] || umask "$1"',
  'exec <"$2" >>"$3"',
  // The same file twice would be two positions in it.
  '[ "$3" = "$4" ] && exec 2>&1 || exec 2>>"$4"',
  "shift 4",
  'exec "$@"',
].join("\n");

/** What was launched. */
export interface Launched {
  /** Undefined when it could not be started. */
  readonly pid: number | undefined;
  /** How it has ended, and what the shell had against becoming it: a file that it cannot write, say. */
  readonly ended: Promise<{ readonly exit: Exit; readonly complaint: string }>;
}

/** Nobody needs to read more of it. */
const COMPLAINT_LIMIT = 1_000;

/**
 * Starts `command` as a daemon: in a session and a group of its own, with nothing of ours but what `around` says. It
 * writes its number to the open file `pidFile`, and outlives us. What keeps it from starting shows as an early exit.
 */
export function launch(
  command: Command,
  around: Surroundings,
  streams: Streams,
  pidFile: number | "ignore",
): Launched {
  const { stdin = "/dev/null", stdout = "/dev/null", stderr = "/dev/null" } = streams;
  const umask = around.umask === undefined ? "" : around.umask.toString(8);
  const words = ["-c", PRELUDE, "sh", umask, stdin, stdout, stderr, ...command];
  const [program, ...args] = as(around.ids, ["/bin/sh", ...words]);
  const child = startChild(program, args, {
    cwd: around.workingDir,
    env: around.environment,
    detached: true,
    // The shell lets go of the pipe when it has opened the files.
    stdio: ["ignore", "ignore", "pipe", pidFile],
  });
  const complaint = textOf(child.stderr);
  const { pid, exited } = child;
  return { pid, ended: exited.then(async (exit) => ({ exit, complaint: await complaint })) };
}

/** Resolves with what comes, once no more can come. */
function textOf(stream: Readable | null | undefined): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    if (!stream) return resolve(text);
    stream.setEncoding("utf8").on("data", (more: string) => {
      text = `${text}${more}`.slice(0, COMPLAINT_LIMIT);
    });
    stream.on("error", () => {}).on("close", () => resolve(text.trim()));
  });
}

/** `words` run as somebody else; only `setpriv` can give a program groups that its user is not in. */
export function as(ids: Ids | undefined, words: Command): Command {
  if (ids === undefined) return words;
  const { uid, gid, supplementaryGids } = ids;
  const groups =
    supplementaryGids.length === 0 ? "--clear-groups" : `--groups=${supplementaryGids.join(",")}`;
  return ["setpriv", `--reuid=${uid}`, `--regid=${gid}`, groups, "--", ...words];
}

/** Why `program` cannot be run: there is no such folder, none of this name on PATH, or it is no program. Undefined when it can. */
export function whyNot(program: string, around: Surroundings): string | undefined {
  if (errorOf(`${around.workingDir}/.`) !== undefined) {
    return `working_dir ${around.workingDir} is no folder that can be entered`;
  }
  const path = around.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin";
  const candidates = program.includes("/")
    ? [resolve(around.workingDir, program)]
    : path.split(delimiter).map((folder) => resolve(around.workingDir, folder, program));
  const errors = candidates.map(errorOf);
  if (errors.includes(undefined)) return undefined;
  return errors.includes("EACCES")
    ? `Permission denied - ${program}`
    : `No such file or directory - ${program}`;
}

function errorOf(path: string): string | undefined {
  try {
    accessSync(path, constants.X_OK);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  }
}
