import type { Clock } from "../kit/index.ts";
import type { Notification } from "./description.ts";
import { runCommand } from "./run-command.ts";

/** What is told of a process that has changed its state. */
export interface Change {
  readonly app: string;
  readonly group: string | undefined;
  readonly process: string;
  readonly from: string;
  readonly to: string;
  readonly pid: number | undefined;
}

const TIMEOUT_MS = 10_000;

/**
 * Tells who wants to know: a command by its environment (BLUEPILL_APP, …_GROUP, …_PROCESS, …_FROM, …_TO, …_PID), a web
 * hook by a POST of the same as JSON. Rejects with what the command or the server has against it.
 */
export async function notify(
  { target }: Notification,
  change: Change,
  environment: NodeJS.ProcessEnv,
  clock: Clock,
): Promise<void> {
  if (target.type === "webhook") return await post(target.url, change);
  const env = { ...environment, ...asEnvironment(change) };
  const around = { environment: env, workingDir: "/", umask: undefined, ids: undefined };
  const outcome = await runCommand(target.command, around, TIMEOUT_MS, clock);
  const name = target.command[0];
  if (outcome.kind === "late") throw new Error(`${name} takes longer than ${TIMEOUT_MS / 1000} s`);
  const { exit, output } = outcome;
  if (exit.code !== 0) throw new Error(`${name}: ${exit.reason}${output && `: ${output}`}`);
}

async function post(url: string, change: Change): Promise<void> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(change),
    redirect: "error",
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`${new URL(url).host} answers ${response.status}`);
}

function asEnvironment(change: Change): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(change).map(([name, value]) => [
      `BLUEPILL_${name.toUpperCase()}`,
      String(value ?? ""),
    ]),
  );
}
