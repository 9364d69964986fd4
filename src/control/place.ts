import { lstatSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

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
  for (const folder of new Set([tmpdir(), "/tmp"])) {
    for (const name of namesIn(folder)) {
      const path = join(folder, name);
      if (name.startsWith(privateFolderPrefix(pid)) && isPrivateTo(uid, path)) {
        return join(path, CONTROL_SOCKET);
      }
    }
  }
  return undefined;
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
