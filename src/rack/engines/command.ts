import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { NativeOptions } from "../options.ts";

const BOOT = fileURLToPath(new URL("../../../ruby/boot.rb", import.meta.url));

/** What a Ruby process is started for. */
export interface Role {
  readonly role: "worker" | "mold";
  readonly number: number;
  readonly generation: number;
  readonly socketPath: string;
}

/**
 * Starts a Ruby process. It gets a session of its own: a Ctrl-C at the terminal is for the front alone, which lets
 * the workers finish.
 */
export function startRuby(role: Role, options: NativeOptions): ChildProcess {
  const [command = "ruby", ...first] = options.rubyCommand;
  const yjit = options.yjit ? ["--yjit"] : [];
  const env = { ...options.env, RACK_ENV: options.environment };
  const log = openLog(options.log);
  const output = log ?? "inherit";
  try {
    return spawn(command, [...first, ...yjit, BOOT, ...settings(role, options)], {
      cwd: options.appFolder,
      env,
      detached: true,
      stdio: ["ignore", output, output],
    });
  } finally {
    if (log !== undefined) closeSync(log);
  }
}

/**
 * Opened for each of them: the log may have been moved away since the last. A worker without its log (no descriptor is
 * left, the disk is full) is better than none: it says where we do what it has to say.
 */
function openLog(path: string | undefined): number | undefined {
  try {
    return path === undefined ? undefined : openSync(path, "a");
  } catch {
    return undefined;
  }
}

function settings(role: Role, options: NativeOptions): string[] {
  const all = {
    role: role.role,
    socket: role.socketPath,
    number: role.number,
    generation: role.generation,
    threads: options.threads,
    workers: options.workers,
    app: options.appFolder,
    rackup: options.rackup,
    adapter: options.adapter,
    prefix: options.prefix,
    reactor: options.reactor,
    environment: options.environment,
    early_hints: options.earlyHints,
    oobgc: options.oobGc,
    tag: options.tag,
    imitate: options.imitate ?? "",
  };
  const required = options.require.map((file) => ["require", file] as const);
  return [...Object.entries(all), ...required].map(([name, value]) => `${name}=${value}`);
}
