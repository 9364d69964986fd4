/** A peer as it takes part in one workload: with its gems, its shape, and with YJIT or without. */

import { readFileSync } from "node:fs";
import { relative, resolve } from "node:path";
import { type Bundle, installBundle } from "./bundle.ts";
import type { Launch, Peer } from "./peers/index.ts";
import type { Command } from "./processes/server.ts";
import { ROOT } from "./root.ts";
import type { Workload } from "./workload.ts";

export type Contestant = {
  readonly peer: Peer;
  readonly bundle: Bundle;
  readonly yjit: boolean;
};

/** Both variants of a peer, only the plain one where YJIT is left out, none in a shape not its own. */
export async function enter(peer: Peer, workload: Workload): Promise<readonly Contestant[]> {
  if (peer.takesPart?.(launchOf(workload, 0)) === false) return [];
  const bundle = await installBundle(peer.gem, resolve(ROOT, workload.app));
  const variants = workload.yjit === "off" ? [false] : [false, true];
  return variants.map((yjit) => ({ peer, bundle, yjit }));
}

export function titleOf({ peer, yjit }: Contestant): string {
  return yjit ? `${peer.title} + YJIT` : peer.title;
}

export function versionOf({ peer, bundle }: Contestant): string {
  if (peer.name !== "gossamer") return bundle.versions[peer.gem] ?? "unknown";
  return String(JSON.parse(readFileSync(resolve(ROOT, "package.json"), "utf8")).version);
}

export function launchOf(workload: Workload, port: number): Launch {
  const { app, workers, threads } = workload;
  return { appDir: resolve(ROOT, app), port, workers, threads };
}

/** The command, the folder and the environment that start it: production, and nothing logged. */
export function commandOf(contestant: Contestant, launch: Launch): Command {
  const { peer, bundle, yjit } = contestant;
  return {
    argv: peer.command(launch),
    cwd: launch.appDir,
    environment: {
      ...PRODUCTION,
      ...bundle.environment,
      ...peer.environment?.(launch),
      ...(yjit ? { RUBYOPT: "--yjit" } : {}),
    },
  };
}

/** The command as a reader may repeat it from the root of the checkout. */
export function typed({ argv }: Command, yjit: boolean): string {
  const words = argv.map((word) => (word.startsWith(ROOT) ? relative(ROOT, word) : word));
  return [...(yjit ? ["RUBYOPT=--yjit"] : []), ...words]
    .join(" ")
    .replace(process.execPath, "node");
}

const PRODUCTION: Readonly<Record<string, string>> = {
  RACK_ENV: "production",
  RAILS_ENV: "production",
  NODE_ENV: "production",
  RAILS_LOG_LEVEL: "fatal",
  RAILS_MAX_THREADS: "64", // a cap on database connections: no server shall be stopped by it
  SECRET_KEY_BASE: "measured-not-kept-secret-".repeat(6),
};
