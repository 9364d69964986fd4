import { createHash } from "node:crypto";
import { mkdtempSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { privateSockets } from "../../control/index.ts";

/** A socket's path has to fit into 107 bytes, of which its name takes some. */
const LONGEST_FOLDER = 80;
const LONGEST_NAME = 32;

/** Makes the private folder of a runner whose processes run in `root`. */
export function makeRunFolder(root: string): string {
  const usual = join(tmpdir(), prefixOf(root));
  return mkdtempSync(
    Buffer.byteLength(usual) > LONGEST_FOLDER ? join("/tmp", prefixOf(root)) : usual,
  );
}

/** Where runners for `root` may take orders from `uid`. Of some only the folder may be left. */
export function runSocketsOf(root: string, uid: number): readonly string[] {
  return privateSockets(prefixOf(root), uid);
}

/** What the supervisor calls what runs in `root` without a terminal. */
export function detachedNameOf(root: string): string {
  const name = basename(realpathSync(root))
    .replace(/[^\w-]/g, "_")
    .slice(0, LONGEST_NAME);
  return `${name || "root"}-${digestOf(root).slice(0, 6)}`;
}

function prefixOf(root: string): string {
  return `gossamer-up-${digestOf(root).slice(0, 12)}-`;
}

/** Of the folder itself, whatever link leads there. */
function digestOf(root: string): string {
  return createHash("sha256").update(realpathSync(root)).digest("hex");
}
