import { lstatSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

/** The socket's name in the private folder of a server. */
export const CONTROL_SOCKET = "control.sock";

/** The private folder of a server's begins like this, so that who knows its pid can find it. */
export function privateFolderPrefix(pid: number): string {
  return `gossamer-${pid}-`;
}

/**
 * Where the server with this pid takes orders; undefined when it does not, or not from us. A folder that others than
 * `uid`'s could have made is not trusted.
 */
export function controlSocketOf(pid: number, uid: number): string | undefined {
  return privateSockets(privateFolderPrefix(pid), uid)[0];
}

/** The control sockets in folders private to `uid` whose names begin with `prefix`. */
export function privateSockets(prefix: string, uid: number): readonly string[] {
  const folders = [...new Set([tmpdir(), "/tmp"])];
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
