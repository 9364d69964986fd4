import {
  fromEnvironment,
  fromForeignEnvironment,
  fromThin,
  NOTHING_TO_OPEN,
  type Settings,
  settle,
  THIN_DEFAULTS,
  type ThinGiven,
} from "../config/index.ts";
import { type Format, jsonFormat, thinFormat } from "../observe/index.ts";
import { type DaemonVoice, PidFile, takeListenFds } from "../unix/index.ts";
import { mustHaveAdapter } from "./thin-adapter.ts";
import { startInBackground } from "./thin-daemon.ts";
import { textOf, thinPlace } from "./thin-place.ts";
import { thinName } from "./version.ts";

/**
 * `thin start`: serves until the server is done, or with -d (and no `voice`, which the one in the background has) starts
 * the same words in the background. Resolves with the exit code; rejects with what keeps it from starting.
 */
export async function startServer(
  given: ThinGiven,
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
  voice: DaemonVoice | undefined,
): Promise<number> {
  const place = thinPlace(given);
  mustHaveAdapter(place.directory, given);
  const isDaemon = given.has("daemonize");
  if (isDaemon && voice === undefined) return await startInBackground(argv, given, env);
  if (isDaemon) process.title = titleOf(given);
  const inherited = takeListenFds(env, process.pid).map(({ fd }) => fd);
  const settings = settle([
    ...(isDaemon ? [{ log: place.logPath }] : []),
    fromThin(given),
    fromEnvironment(env),
    fromForeignEnvironment(env),
    ...(inherited.length > 0 ? [NOTHING_TO_OPEN] : []),
    THIN_DEFAULTS,
  ]);
  const format = formatFor(settings);
  const background =
    isDaemon && voice
      ? { pidFile: new PidFile(place.pidPath), pidName: place.pidName, ready: voice.ready }
      : undefined;
  const { serve } = await import("./wire.ts");
  const { startServer: start } = await import("../server/index.ts");
  const software = thinName();
  return await serve({ settings, software, format, env, inherited, background }, start);
}

/** Thin's, unless another is asked for; nothing at all with -q. */
function formatFor({ quiet, debug, trace, logFormat }: Settings): Format {
  if (quiet) return () => "";
  if (logFormat === "json") return jsonFormat(debug ? "debug" : "info");
  return thinFormat({ isDebugging: debug, isTracing: trace });
}

/** What a daemon is called in a list of processes. */
function titleOf(given: ThinGiven): string {
  const host = textOf(given, "address") ?? "0.0.0.0";
  const socket = textOf(given, "socket") ?? (host.includes("/") ? host : undefined);
  const port = `${host}:${textOf(given, "port") ?? "3000"}`;
  const where = given.has("swiftiply") ? `${port} swiftiply` : (socket ?? port);
  const tag = textOf(given, "tag");
  return `thin server (${where})${tag === undefined ? "" : ` [${tag}]`}`;
}
