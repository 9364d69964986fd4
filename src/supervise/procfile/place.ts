import { createHash } from "node:crypto";
import { mkdtempSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { privateSockets } from "../../control/index.ts";

/** A socket's path has to fit into 107 bytes, of which its name takes some. */
const LONGEST_FOLDER = 80;

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

function prefixOf(root: string): string {
  const digest = createHash("sha256").update(realpathSync(root)).digest("hex");
  return `gossamer-up-${digest.slice(0, 12)}-`;
}
