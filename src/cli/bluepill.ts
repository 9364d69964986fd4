import { lstatSync } from "node:fs";
import { basename } from "node:path";
import { PillError } from "../supervise/index.ts";
import { takeDaemonVoice } from "../unix/index.ts";
import { type BluepillBase, baseOf } from "./bluepill-base.ts";
import { type Asked, readBluepill } from "./bluepill-command-line.ts";
import { BLUEPILL_EXIT, BluepillError } from "./bluepill-error.ts";
import { followLog } from "./bluepill-log.ts";
import { ask } from "./bluepill-orders.ts";
import { quit } from "./bluepill-quit.ts";
import { statusText } from "./bluepill-status.ts";
import { bluepillUsage } from "./bluepill-usage.ts";
import { watch } from "./bluepill-watch.ts";
import { meaningOf } from "./bluepill-words.ts";
import { complaint } from "./complain.ts";

/** The version of bluepill whose commands these are. */
const VERSION = "bluepill, version 0.1.3";

/** The command `bluepill`: resolves with the exit code. */
export async function bluepill(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const voice = takeDaemonVoice(env);
  try {
    // What only a daemon needs is loaded only for one: it would take commands twice as long.
    if (voice) return await (await import("./bluepill-daemon.ts")).runAsDaemon(voice, env);
    return await run(readBluepill(argv), env);
  } catch (error) {
    const isPlain = error instanceof BluepillError || error instanceof PillError;
    const text = isPlain ? error.message : complaint(error);
    console.error(text);
    await voice?.failed(text);
    return isPlain ? error.exitCode : BLUEPILL_EXIT.failed;
  }
}

async function run(asked: Asked, env: NodeJS.ProcessEnv): Promise<number> {
  if (asked.kind === "version") return say(VERSION);
  if (asked.kind === "help") return say(bluepillUsage());
  if (asked.isPrivileged && process.geteuid?.() !== 0) {
    const message = "You must run bluepill as root or use --no-privileged option.";
    throw new BluepillError(message, BLUEPILL_EXIT.notRoot);
  }
  const base = baseOf(asked.baseDir, env);
  base.prepare();
  const { app, command, words } = meaningOf(asked.words, await base.applications(), linkName());
  if (command === "load") {
    const { load } = await import("./bluepill-load.ts");
    await load(words[0], asked, env);
    return BLUEPILL_EXIT.ok;
  }
  if (app === undefined || command === undefined) throw unknown(command ?? app);
  return await carryOut(command, app, words[0], base, asked);
}

async function carryOut(
  command: string,
  app: string,
  target: string | undefined,
  base: BluepillBase,
  asked: Asked,
): Promise<number> {
  const patience = { ...asked, retrying: (text: string) => void say(text) };
  const words = target === undefined ? [] : target.split(":");
  switch (command) {
    case "status": {
      const reply = await ask({ order: "status", target: words }, app, base, patience);
      if (reply.reply !== "status") throw unexpected();
      if (asked.isJson) return say(JSON.stringify({ application: app, groups: reply.groups }));
      process.stdout.write(statusText(reply.groups, words));
      return BLUEPILL_EXIT.ok;
    }
    case "start":
    case "stop":
    case "restart":
    case "unmonitor": {
      const reply = await ask({ order: command, target: words }, app, base, patience);
      if (reply.reply !== "done") throw unexpected();
      if (reply.processes.length === 0) return say("No processes effected");
      return say([`Sent ${command} to:`, ...reply.processes.map((name) => `  ${name}`)].join("\n"));
    }
    case "log": {
      const reply = await ask({ order: "about" }, app, base, patience);
      if (reply.reply !== "about") throw unexpected();
      const path = reply.logFile ?? asked.logFile;
      const isAlive = (): boolean => base.daemonOf(app) !== undefined;
      return await followLog({ path, app, target, isAlive });
    }
    case "watch":
      return await watch(app, base, patience);
    case "quit":
      return say(quit(app, base));
    default:
      throw unknown(command);
  }
}

/** The name of the link that we were called by; undefined when it was no link. */
function linkName(): string | undefined {
  const [, script = ""] = process.argv;
  const isLink = lstatSync(script, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  return isLink ? basename(script) : undefined;
}

function unknown(word: string | undefined): BluepillError {
  const message =
    word === undefined
      ? `Command required\n${bluepillUsage()}`
      : `Unknown command \`${word}\` (or application \`${word}\` has not been loaded yet)`;
  return new BluepillError(message, BLUEPILL_EXIT.failed);
}

function unexpected(): BluepillError {
  const message = "The daemon's answer makes no sense. Load its pill again: bluepill load FILE";
  return new BluepillError(message, BLUEPILL_EXIT.failed);
}

function say(text: string): number {
  console.log(text);
  return BLUEPILL_EXIT.ok;
}
