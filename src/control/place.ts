import { lstatSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { variableOf } from "../unix/index.ts";

/** The socket's name in the private folder of a server. */
export const CONTROL_SOCKET = "control.sock";

/** The private folder of a server's begins like this, so that who knows its pid can find it. */
export function privateFolderPrefix(pid: number): string {
  return `gossamer-${pid}-`;
}

/**
 * Where the server with this pid takes orders, once it serves; undefined when it does not, or not from us. A folder that
 * others than `uid`'s could have made is not trusted.
 */
export function controlSocketOf(pid: number, uid: number): string | undefined {
  // It may have been started where temporary files are elsewhere: at a terminal, when we are a cron job.
  const its = variableOf(pid, "TMPDIR");
  return privateSockets(privateFolderPrefix(pid), uid, its ? [its] : [])[0];
}

/** The control sockets in folders private to `uid` whose names begin with `prefix`, where temporary files are for us, or in `others`. */
export function privateSockets(
  prefix: string,
  uid: number,
  others: readonly string[] = [],
): readonly string[] {
  const folders = [...new Set([...others, tmpdir(), "/tmp"])];
  const paths = folders.flatMap((folder) => namesIn(folder).map((name) => join(folder, name)));
  const found = paths.filter((path) => basename(path).startsWith(prefix) && isPrivateTo(uid, path));
  return found.map((path) => join(path, CONTROL_SOCKET));
}

function isPrivateTo(uid: number, path: string): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found?.isDirectory() === true && found.uid === uid && (found.mode & 0o077) === 0;
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    // No such folder: nothing in it.
    return [];
  }
}
