import type { TestContext } from "node:test";
import { gemsAt } from "../apps/served.ts";
import { startCommand } from "../harness/server.ts";
import { FOREMAN_GEMFILE } from "../supervise/procfile/foreman.ts";

/** What the foreman gem prints when it runs the Procfile in `folder`. */
export async function foremanLines(t: TestContext, folder: string): Promise<string> {
  const words = ["exec", "foreman", "start"];
  const env = gemsAt(FOREMAN_GEMFILE);
  const foreman = startCommand(t, "bundle", words, { cwd: folder, env });
  await foreman.exited;
  return foreman.stdout();
}
