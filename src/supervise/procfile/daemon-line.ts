import { resolve } from "node:path";
import { CUSTOM_WEB } from "./custom-web.ts";
import type { PlannedProcess } from "./plan.ts";
import { shellWords } from "./shell-words.ts";

/** What the line of a process tells of the daemon that it may leave behind. All paths are absolute. */
export interface DaemonLine {
  /** Where its pid may be, the likeliest first. */
  readonly pidFiles: readonly string[];
  /** What it writes to instead of its standard output. */
  readonly logFiles: readonly string[];
  /** It says that it goes to the background: its pid file will come, though it may take a while. */
  readonly isSaid: boolean;
}

/** The flags behind which servers are told where their pid and their log go, and which folder is theirs. */
export const SERVER_FLAGS: Readonly<Record<"pid" | "log" | "folder", readonly string[]>> = {
  pid: ["--pid", "-P", "--pidfile", "--pid-file"],
  log: ["-l", "--log", "--logfile", "--log-file"],
  folder: ["--chdir", "-c", "--dir"],
};
const BACKGROUND = /^(?:-d|-D|--daemon|--daemonize|--daemonized|--background|-[A-Z]*D[a-zA-Z]*)$/;

/**
 * What `process` says of a daemon: by `--pid`, `-P` and the like, by Thin's defaults, and by CUSTOM_WEB_PID_FILE. Undefined
 * when it names no pid file.
 */
export function daemonLineOf(
  process: PlannedProcess,
  root: string,
  env: NodeJS.ProcessEnv,
): DaemonLine | undefined {
  const all = { ...env, ...process.environment };
  const found = shellWords(process.command, all).map((words) => inCommand(words, root));
  const pidFiles = found.flatMap((one) => one.pidFiles);
  const usual = process.type === CUSTOM_WEB ? all["CUSTOM_WEB_PID_FILE"] : undefined;
  if (usual) pidFiles.push(resolve(root, usual));
  if (pidFiles.length === 0) return undefined;
  return {
    pidFiles: [...new Set(pidFiles)],
    logFiles: [...new Set(found.flatMap((one) => one.logFiles))],
    isSaid: found.some((one) => one.isSaid),
  };
}

function inCommand(words: readonly string[], root: string): DaemonLine {
  const isSaid = words.some((word) => BACKGROUND.test(word));
  const folders = [
    ...valuesOf(words, SERVER_FLAGS.folder).map((folder) => resolve(root, folder)),
    root,
  ];
  const inFolders = (path: string): string[] => folders.map((folder) => resolve(folder, path));
  const pidFiles = valuesOf(words, SERVER_FLAGS.pid);
  const logFiles = valuesOf(words, SERVER_FLAGS.log);
  if (isSaid && isThin(words)) {
    if (pidFiles.length === 0) pidFiles.push("tmp/pids/thin.pid");
    if (logFiles.length === 0) logFiles.push("log/thin.log");
  }
  return {
    pidFiles: pidFiles.flatMap(inFolders),
    logFiles: isSaid ? logFiles.flatMap(inFolders) : [],
    isSaid,
  };
}

/** `thin … start …`, however it is reached: `bundle exec thin`, `/usr/bin/thin`. */
function isThin(words: readonly string[]): boolean {
  const at = words.findIndex((word) => /(?:^|\/)thin$/.test(word));
  return at >= 0 && words.slice(at).includes("start");
}

/** What follows one of `flags`: `--pid X`, `--pid=X`, `-P X`, `-PX`. */
function valuesOf(words: readonly string[], flags: readonly string[]): string[] {
  return words.flatMap((word, index) => {
    if (flags.includes(word)) return words[index + 1] ?? [];
    const flag = flags.find((one) => word.startsWith(one.startsWith("--") ? `${one}=` : one));
    if (flag === undefined) return [];
    return word.slice(flag.length).replace(/^=/, "") || [];
  });
}
