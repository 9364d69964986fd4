import {
  fromEnvironment,
  fromThin,
  type Said,
  type Settings,
  settle,
  THIN_DEFAULTS,
  toServerOptions,
} from "../config/index.ts";
import { readTls } from "../http/index.ts";
import { type AnyFact, type Format, type Level, lineFor, thinLinesFor } from "../observe/index.ts";
import type { Ruby } from "../ruby/index.ts";
import { type Server, type ServerOptions, startServer } from "../server/index.ts";
import { complaint } from "./complain.ts";
import { EXIT } from "./exit-codes.ts";
import { HostLine } from "./host-line.ts";
import { Logs } from "./logs.ts";
import { abandon, listenToSignals } from "./orders.ts";
import { carryOut, type Order } from "./signals.ts";
import { readThin } from "./thin-command-line.ts";
import { ThinError } from "./thin-error.ts";
import { version } from "./version.ts";

/** A worker that is not ours to replace is neither watched nor one of several; where it is and what it prints is its own. */
const FIXED: Said = {
  chdir: ".",
  workers: 1,
  preload: false,
  maxRequests: 0,
  maxMemory: 0,
  workerTimeout: 0,
  log: undefined,
};

/** It runs already: nothing of ours starts it. */
const RUNS_ALREADY: Ruby = {
  path: "",
  version: "",
  engine: "",
  platform: "",
  hasYjit: false,
  otherThan: undefined,
};

/**
 * `gossamer front`, with options of `thin start`: the front of the Ruby process that has started it, and has the app. It
 * serves until it is told to stop, or that process is gone. Resolves with the exit code; rejects only when nobody is there to
 * be told.
 */
export async function frontCommand(
  words: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<number> {
  const host = new HostLine();
  try {
    return await serveFor(host, words, env);
  } catch (error) {
    host.say({ word: "failed", message: failure(error) });
    return EXIT.failed;
  } finally {
    await host.close();
  }
}

async function serveFor(
  host: HostLine,
  words: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<number> {
  const orders = listenToSignals();
  const end = AbortSignal.any([orders.endedEarly, host.gone]);
  let logs: Logs | undefined;
  try {
    const settings = settingsFrom(words, env);
    const options = { ...toServerOptions(settings, RUNS_ALREADY, [], undefined), host };
    if (options.http.tls !== undefined) readTls(options.http.tls);
    logs = logsOf(host, settings);
    const { emit } = logs;
    emit(starting(options));
    const server = await startServer(options, emit, end);
    host.say({ word: "listening", addresses: server.addresses });
    orders.obey(async (order) => {
      if (isForPool(order)) return;
      await carryOut(order, server, { reopenLog: () => void logs?.reopen(), abandon });
    });
    return await untilDone(server, host);
  } catch (error) {
    // Given up because we were told to: that is no failure.
    if (end.aborted) return EXIT.ok;
    throw error;
  } finally {
    logs?.close();
    orders.close();
  }
}

/** Nobody needs it when its process is gone. */
async function untilDone(server: Server, { gone }: HostLine): Promise<number> {
  const halt = (): void => void server.halt();
  gone.addEventListener("abort", halt);
  try {
    if (gone.aborted) halt();
    return await server.done;
  } finally {
    gone.removeEventListener("abort", halt);
  }
}

function settingsFrom(words: readonly string[], env: NodeJS.ProcessEnv): Settings {
  const asked = readThin(["start", ...words]);
  const said = "given" in asked ? fromThin(asked.given) : {};
  return settle([FIXED, said, fromEnvironment(env), THIN_DEFAULTS]);
}

/** The access log is ours, if there is one. All else goes to the process, in Thin's words, which knows where they belong. */
function logsOf(host: HostLine, settings: Settings): Logs {
  const verbosity = { isDebugging: settings.debug, isTracing: settings.trace };
  const format: Format = (fact) => {
    if (!isHostsOwn(fact)) {
      const level = levelOf(fact);
      for (const text of thinLinesFor(fact, verbosity)) host.say({ word: "said", level, text });
    }
    return "";
  };
  const directory = process.cwd();
  return new Logs({ settings, format, log: undefined, directory, isDaemon: false });
}

/** What becomes of the worker its own process knows better. */
function isHostsOwn({ type }: AnyFact): boolean {
  return type === "worker-gone" || type === "worker-killed";
}

function levelOf(fact: AnyFact): Level | "trace" {
  const isTraced = fact.type === "bytes-received" || fact.type === "bytes-sent";
  return isTraced ? "trace" : lineFor(fact).level;
}

function starting({ app, http, host }: ServerOptions): AnyFact {
  return {
    type: "server-starting",
    version: version(),
    environment: app.environment,
    directory: app.directory,
    // It is made, by whatever there was.
    rackup: "",
    adapter: app.adapter,
    ruby: `process ${host?.pid}`,
    workers: 1,
    threads: app.threads,
    maxConnections: http.connectionLimit,
  };
}

function isForPool(order: Order): boolean {
  return order === "grow" || order === "shrink";
}

/** One line, with Thin's words first where scripts look for them. */
function failure(error: unknown): string {
  const isListening = error instanceof Error && error.name === "ListenError";
  const said = error instanceof ThinError ? error.message : complaint(error);
  return isListening ? `no acceptor (port is in use or requires root privileges): ${said}` : said;
}
