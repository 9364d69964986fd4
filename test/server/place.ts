import { mkdtemp, readdir, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { TestContext } from "node:test";
import { type RunningServer, serve } from "../harness/server.ts";

/** A server whose every file is in one folder, so that a test can say what is left. */
export interface Housed extends RunningServer {
  /** Where its temporary files go. */
  readonly folder: string;
  /** What is in `folder`. */
  leftovers(): Promise<readonly string[]>;
}

/** The path of an app of ours. */
export function appPath(name: string): string {
  return resolve(import.meta.dirname, "apps", `${name}.ru`);
}

/** A short folder of the test's own. */
export async function ownFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp("/tmp/gsm-");
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Serves the app `name` of `apps/`, or a path, with its temporary files in a folder of its own. */
export async function house(
  t: TestContext,
  name: string,
  args: readonly string[] = [],
): Promise<Housed> {
  const folder = await ownFolder(t);
  const server = await serve(t, {
    app: name.includes("/") ? name : appPath(name),
    args: ["-e", "production", "-D", ...args],
    env: { TMPDIR: folder, XDG_RUNTIME_DIR: undefined },
  });
  return { ...server, folder, leftovers: () => readdir(folder) };
}

/** A file that opens the gate `name` of `deeds.ru` once it is written. */
export function gateFile(server: Housed, name: string): string {
  return join(server.folder, `gate-${name}`);
}
