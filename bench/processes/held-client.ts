/** A client that opens what it has to, says so in one JSON line, and holds it until its stdin ends. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { forget, remember } from "./started.ts";

export type HeldClient<Report> = {
  /** What it reported once everything was open. */
  readonly opened: Report;
  /** Lets go of everything and resolves with the last report. */
  readonly release: () => Promise<Report>;
  /** Ends the client, whether it was released or not. */
  readonly [Symbol.asyncDispose]: () => Promise<void>;
};

/** Resolves when the client has opened all its connections. */
export async function holdClient<Report>(
  command: string,
  args: readonly string[],
): Promise<HeldClient<Report>> {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
  await once(child, "spawn");
  const pid = child.pid ?? 0;
  remember(pid);
  child.stdin.on("error", () => undefined); // it ended before it was told to; its exit is awaited
  const gone = once(child, "close").finally(() => forget(pid));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const report = async (): Promise<Report> => JSON.parse(await nextLine(lines, child)) as Report;
  const opened = await report();
  const release = async (): Promise<Report> => {
    child.stdin.end();
    return await report();
  };
  const dispose = async (): Promise<void> => {
    child.stdin.end();
    await gone;
  };
  return { opened, release, [Symbol.asyncDispose]: dispose };
}

async function nextLine(lines: AsyncIterator<string>, child: ChildProcess): Promise<string> {
  const next = await lines.next();
  if (next.done !== true) return next.value;
  throw new Error(`the client ${child.spawnargs.join(" ")} ended before it reported`);
}
