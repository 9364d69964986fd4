/** A process that runs to its end: a load generator, kept off the harness's own event loop. */

import { type ChildProcess, spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { forget, remember } from "./started.ts";

/** Resolves with what the command printed; rejects with its words when it fails. */
export async function runClient(
  command: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<string> {
  const env = { ...process.env, ...environment };
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], env });
  const [code, stdout, stderr] = await Promise.all([
    ended(child),
    text(child.stdout),
    text(child.stderr),
  ]);
  if (code === 0) return stdout;
  throw new Error(`${command} ended with ${code}: ${stderr.trim() || stdout.trim()}`);
}

async function ended(child: ChildProcess): Promise<number | null> {
  const pid = child.pid ?? 0;
  if (pid > 0) remember(pid);
  return await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject).once("close", resolve);
  }).finally(() => forget(pid));
}
