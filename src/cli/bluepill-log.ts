import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { BLUEPILL_EXIT, BluepillError } from "./bluepill-error.ts";

const LINES_BEFORE = 100;

/** Prints what a log has of an application, or of one target in it, and goes on as it grows. Resolves when it cannot. */
export async function followLog(
  path: string,
  app: string,
  target: string | undefined,
): Promise<number> {
  console.log(`Tailing log for ${target ?? app}...`);
  const tail = spawn("tail", ["-n", String(LINES_BEFORE), "-F", "--", path], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const isMeant = about(app, target);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => tail.kill());
  }
  const ended = new Promise<void>((resolve, reject) => {
    tail.once("error", (error) =>
      reject(new BluepillError(`Cannot run tail: ${error.message}`, BLUEPILL_EXIT.failed, error)),
    );
    tail.once("close", () => resolve());
  });
  for await (const line of createInterface({ input: tail.stdout })) {
    if (isMeant(line)) process.stdout.write(`${line}\n`);
  }
  await ended;
  return BLUEPILL_EXIT.ok;
}

/** A target is a group, `group:name`, or a name in any group: `[app:group:name]` is what lines begin with. */
function about(app: string, target: string | undefined): (line: string) => boolean {
  return (line) => {
    const names = /\[([^\]#]+)\]/.exec(line.slice(line.indexOf("-- :") + 1))?.[1]?.split(":") ?? [];
    if (names[0] !== app) return false;
    if (target === undefined) return true;
    return names.slice(1, 3).join(":") === target || names[1] === target || names[2] === target;
  };
}
