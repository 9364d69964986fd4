import { resolve } from "node:path";
import type { ThinGiven } from "../config/index.ts";

/** Where a Thin runs, and where its pid and its log are. */
export interface ThinPlace {
  /** Absolute. */
  readonly directory: string;
  /** As it was written: Thin's messages name it so. */
  readonly pidName: string;
  /** Absolute. */
  readonly pidPath: string;
  readonly logPath: string;
}

/** What is relative is so to the app's folder; only the log that nobody named is in the folder of the command. */
export function thinPlace(given: ThinGiven): ThinPlace {
  const directory = resolve(textOf(given, "chdir") ?? ".");
  const pidName = textOf(given, "pid") ?? "tmp/pids/thin.pid";
  const log = textOf(given, "log");
  return {
    directory,
    pidName,
    pidPath: resolve(directory, pidName),
    logPath: log === undefined ? resolve("log/thin.log") : resolve(directory, log),
  };
}

/** Is this what a Thin in the background, the gem's or ours, calls itself? Who merely reads its log does not. */
export function isThinCommand(command: string): boolean {
  return command.startsWith("thin server (");
}

/** An option's text; undefined when it was not given, or is a flag. */
export function textOf(given: ThinGiven, key: string): string | undefined {
  const value = given.get(key);
  return typeof value === "string" ? value : undefined;
}
