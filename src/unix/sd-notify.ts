import { startChild } from "./child.ts";

/**
 * Tells systemd how we are (sd_notify(3)): `READY=1`, `STOPPING=1`, `STATUS=…`. Resolves with whether it
 * was told; without NOTIFY_SOCKET there is nobody to tell.
 *
 * Node cannot send on a UNIX datagram socket, so the words go through systemd's own `systemd-notify`,
 * a child of ours: unless we are root the unit must say `NotifyAccess=exec` or `all`.
 */
export async function sdNotify(
  words: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<boolean> {
  if (!env["NOTIFY_SOCKET"]) return false;
  const child = startChild("systemd-notify", words, { env, stdio: "ignore" });
  return (await child.exited).code === 0;
}
