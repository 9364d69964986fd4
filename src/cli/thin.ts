import { existsSync } from "node:fs";
import { resolve } from "node:path";
import {
  fromEnvironment,
  fromForeignEnvironment,
  fromThin,
  NOTHING_TO_OPEN,
  settle,
  THIN_DEFAULTS,
} from "../config/index.ts";
import { thinFormat } from "../observe/index.ts";
import { type DaemonVoice, PidFile, takeDaemonVoice, takeListenFds } from "../unix/index.ts";
import { complaint } from "./complain.ts";
import { EXIT } from "./exit-codes.ts";
import { forCluster } from "./thin-cluster.ts";
import { type Asked, readThin, ThinError } from "./thin-command-line.ts";
import { startInBackground } from "./thin-daemon.ts";
import { isForCluster } from "./thin-members.ts";
import { type Given, textOf, thinPlace } from "./thin-place.ts";
import { restartServer } from "./thin-restart.ts";
import { stopServer } from "./thin-stop.ts";
import { thinUsage } from "./thin-usage.ts";
import { version } from "./version.ts";

/** The command `thin`: resolves with the exit code, which is 0 or 1 as Thin's. */
export async function thin(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const voice = takeDaemonVoice(env);
  try {
    return await run(readThin(argv), argv, env, voice);
  } catch (error) {
    console.error(thinComplaint(error));
    await voice?.failed(thinComplaint(error));
    return EXIT.failed;
  }
}

async function run(
  asked: Asked,
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
  voice: DaemonVoice | undefined,
): Promise<number> {
  switch (asked.kind) {
    case "help":
      console.log(thinUsage());
      return EXIT.ok;
    case "version":
      console.log(`thin 2.0.1 codename Thinception (gossamer ${version()})`);
      return EXIT.ok;
    case "nothing":
      console.log(`Command required\n${thinUsage()}`);
      return EXIT.failed;
    default:
      for (const warning of asked.warnings) console.error(warning);
      if (isForCluster(asked.given)) return forCluster(asked.kind, asked.given, env);
      if (asked.kind === "stop") return stopServer(asked.given);
      if (asked.kind === "restart") return restartServer(asked.given);
      return start(asked.given, argv, env, voice);
  }
}

async function start(
  given: Given,
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
  voice: DaemonVoice | undefined,
): Promise<number> {
  const place = thinPlace(given);
  mustHaveAdapter(place.directory, textOf(given, "rackup"));
  const isDaemon = given.has("daemonize");
  if (isDaemon && voice === undefined) return startInBackground(argv, given, env);
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
  const format = settings.quiet ? () => "" : thinFormat(settings.debug);
  const { serve } = await import("./wire.ts");
  const { startServer } = await import("../server/index.ts");
  const background =
    isDaemon && voice
      ? { pidFile: new PidFile(place.pidPath), pidName: place.pidName, ready: voice.ready }
      : undefined;
  return serve(
    { settings, format, env, inherited, ...(background && { background }) },
    startServer,
  );
}

/** What a daemon is called in a list of processes. */
function titleOf(given: Given): string {
  const host = textOf(given, "address") ?? "0.0.0.0";
  const socket = textOf(given, "socket") ?? (host.includes("/") ? host : undefined);
  const tag = textOf(given, "tag");
  return `thin server (${socket ?? `${host}:${textOf(given, "port") ?? "3000"}`})${tag === undefined ? "" : ` [${tag}]`}`;
}

/** Thin guesses the adapter by the files of the app; of its guesses config.ru is the one that lives. */
function mustHaveAdapter(directory: string, rackup: string | undefined): void {
  if (!existsSync(directory)) {
    throw new ThinError(`No such file or directory @ dir_chdir - ${directory} (Errno::ENOENT)`);
  }
  if (rackup === undefined && !existsSync(resolve(directory, "config.ru"))) {
    throw new ThinError(`No adapter found for ${directory}`);
  }
}

/** Scripts look for Thin's words when a port is taken. */
function thinComplaint(error: unknown): string {
  const isListening = error instanceof Error && error.name === "ListenError";
  if (!isListening) return error instanceof ThinError ? error.message : complaint(error);
  return `no acceptor (port is in use or requires root privileges) (RuntimeError)\n${error.message}`;
}
