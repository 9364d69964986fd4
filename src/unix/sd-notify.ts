import { fileURLToPath } from "node:url";
import { startChild } from "./child.ts";

const NOTIFY = fileURLToPath(new URL("../../ruby/notify.rb", import.meta.url));
/** What a child's exit says when there is no such program. */
const NOT_FOUND = 127;

/**
 * Tells systemd, or whoever else listens at NOTIFY_SOCKET, how we are (sd_notify(3)): `READY=1`, `STOPPING=1`,
 * `STATUS=…`. Resolves with whether it was told; without NOTIFY_SOCKET there is nobody to tell.
 *
 * Node cannot send on a UNIX datagram socket, so the words go through systemd's own `systemd-notify`, or a Ruby where
 * there is none: a child of ours, so unless we are root a unit must say `NotifyAccess=exec` or `all`.
 */
export async function sdNotify(
  words: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<boolean> {
  if (!env["NOTIFY_SOCKET"]) return false;
  const { code } = await startChild("systemd-notify", words, { env, stdio: "ignore" }).exited;
  if (code !== NOT_FOUND) return code === 0;
  const plain = { ...env, RUBYOPT: undefined, RUBYLIB: undefined };
  const ruby = startChild("ruby", ["--disable-gems", NOTIFY, ...words], {
    env: plain,
    stdio: "ignore",
  });
  return (await ruby.exited).code === 0;
}

/**
 * How often to say `WATCHDOG=1` (sd_watchdog_enabled(3)): twice in the time after which we are taken to hang. Undefined
 * when nobody waits for it, or waits for it from another process.
 */
export function watchdogEveryMs(env: NodeJS.ProcessEnv = process.env): number | undefined {
  const { NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID } = env;
  const isForUs = WATCHDOG_PID === undefined || Number(WATCHDOG_PID) === process.pid;
  const wholeMs = Number(WATCHDOG_USEC) / 1_000;
  return NOTIFY_SOCKET && isForUs && wholeMs > 0 ? wholeMs / 2 : undefined;
}
