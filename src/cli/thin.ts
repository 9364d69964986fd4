import { forgottenSsl, type ThinGiven, withThinFile } from "../config/index.ts";
import { type DaemonVoice, takeDaemonVoice } from "../unix/index.ts";
import { complaint } from "./complain.ts";
import { EXIT } from "./exit-codes.ts";
import { forCluster } from "./thin-cluster.ts";
import {
  type Asked,
  checkOptions,
  checkVoice,
  readThin,
  type ThinCommand,
} from "./thin-command-line.ts";
import { thinConfig } from "./thin-config.ts";
import { ThinError } from "./thin-error.ts";
import { installService } from "./thin-install.ts";
import { isForCluster } from "./thin-members.ts";
import { restartServer } from "./thin-restart.ts";
import { forAll } from "./thin-service.ts";
import { startServer } from "./thin-start.ts";
import { stopServer } from "./thin-stop.ts";
import { thinUsage } from "./thin-usage.ts";
import { thinVoice } from "./thin-voice.ts";
import { thinName } from "./version.ts";

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
      console.log(thinName());
      return EXIT.ok;
    case "nothing":
      console.log(`Command required\n${thinUsage()}`);
      return EXIT.failed;
    case "config":
      warn(asked.warnings);
      checkVoice(asked.given);
      return await thinConfig(asked.given, env);
    case "install":
      return await installService(asked.directory, process.argv[1] ?? "", thinVoice(asked.given));
    default: {
      warn(asked.warnings);
      const given = await complete(asked.kind, asked.given, env);
      // Who started it has been told already.
      if (asked.kind === "start" && voice === undefined) warn(withoutEffect(given));
      return await carryOut(asked.kind, given, argv, env, voice);
    }
  }
}

/** The options of the command line, with those of its config file over them. */
async function complete(
  command: ThinCommand,
  asked: ThinGiven,
  env: NodeJS.ProcessEnv,
): Promise<ThinGiven> {
  const { given, warnings } = await withThinFile(asked, process.cwd(), env);
  warn(warnings);
  checkVoice(given);
  // What cannot be started can be stopped all the same.
  if (command !== "start") return given;
  checkOptions(given);
  warn(forgottenSsl(given));
  return given;
}

async function carryOut(
  command: ThinCommand,
  given: ThinGiven,
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
  voice: DaemonVoice | undefined,
): Promise<number> {
  if (given.has("all") && !isForCluster(given)) return await forAll(command, given);
  if (isForCluster(given)) return await forCluster(command, given, env);
  switch (command) {
    case "start":
      return await startServer(given, argv, env, voice);
    case "stop":
      return await stopServer(given);
    case "restart":
      return await restartServer(given);
  }
}

function warn(warnings: readonly string[]): void {
  for (const warning of warnings) console.error(warning);
}

/** What is taken and means nothing, unless nobody wants to hear. */
function withoutEffect(given: ThinGiven): readonly string[] {
  if (!given.has("no_epoll") || given.has("quiet")) return [];
  return ["WARNING: --no-epoll means nothing here: Node itself waits for its sockets"];
}

/** Scripts look for Thin's words when a port is taken. */
function thinComplaint(error: unknown): string {
  const isListening = error instanceof Error && error.name === "ListenError";
  if (!isListening) return error instanceof ThinError ? error.message : complaint(error);
  return `no acceptor (port is in use or requires root privileges) (RuntimeError)\n${error.message}`;
}
