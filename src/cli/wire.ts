import type { Stats } from "node:fs";
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { ConfigError, type Settings, toServerOptions } from "../config/index.ts";
import { openFileLimit, readTls } from "../http/index.ts";
import { type Emit, systemClock } from "../kit/index.ts";
import { type AnyFact, type Format, stats } from "../observe/index.ts";
import { findRuby, forgetOwnBundle, type Ruby } from "../ruby/index.ts";
import {
  type Between,
  type Server,
  type ServerOptions,
  type StartServer,
  withinFileLimit,
} from "../server/index.ts";
import {
  type Identity,
  identityOf,
  type PidFile,
  sdNotify,
  watchdogEveryMs,
} from "../unix/index.ts";
import { EXIT } from "./exit-codes.ts";
import { Logs } from "./logs.ts";
import { abandon, listenToSignals } from "./orders.ts";
import { carryOut, isEnding } from "./signals.ts";
import { version } from "./version.ts";

/** One run of the server, as a command has made it out. */
export interface Run {
  readonly settings: Settings;
  /** What the server calls itself to its operator. */
  readonly software: string;
  readonly format: Format;
  readonly env: NodeJS.ProcessEnv;
  /** Listening sockets that were handed over to us. */
  readonly inherited: readonly number[];
  /** For a daemon. */
  readonly background: Background | undefined;
}

/** How a server in the background is found, and whom it tells that it is there. */
export interface Background {
  readonly pidFile: PidFile;
  /** The file as its user wrote it. */
  readonly pidName: string;
  ready(): void;
}

/** Serves until the server is done; resolves with the exit code. Rejects when it cannot be started. */
export async function serve(run: Run, startServer: StartServer): Promise<number> {
  const directory = resolve(run.settings.chdir);
  await mustBeFolder(directory);
  const ruby = await findRuby(directory, run.env);
  forgetOwnBundle(directory, run.env);
  const { user, group } = run.settings;
  const identity = user === undefined ? undefined : identityOf(user, group);
  const options = withinFileLimit(toServerOptions(run.settings, ruby, run.inherited, identity));
  await mustExist(options.app.rackup, "Name the file that makes the app: --rackup FILE.");
  // The server would find out by itself, but only after the log has been opened and begun.
  if (options.http.tls !== undefined) readTls(options.http.tls);
  process.chdir(directory);
  const logs = new Logs({
    settings: run.settings,
    format: run.format,
    log: options.log,
    directory,
    isDaemon: run.background !== undefined,
  });
  try {
    const { emit } = logs;
    if (identity) giveAway(() => logs.giveTo(identity));
    return await asProcess(run.background, identity, emit, () => {
      announce(run.settings, options, ruby, emit);
      return untilDone(run, options, logs, startServer);
    });
  } finally {
    logs.close();
  }
}

/** While `work` lasts, this process can be found by its pid file. */
async function asProcess(
  background: Background | undefined,
  identity: Identity | undefined,
  emit: Emit<AnyFact>,
  work: () => Promise<number>,
): Promise<number> {
  if (background === undefined) return await work();
  const { pidFile, pidName } = background;
  emit({ type: "pid-writing", path: pidName });
  pidFile.write(process.pid);
  if (identity) giveAway(() => pidFile.giveTo(identity.uid, identity.gid));
  try {
    return await work();
  } finally {
    emit({ type: "daemon-exiting" });
    pidFile.removeIf(process.pid);
  }
}

/** Who we are going to be is to remove the pid file and to reopen the logs. */
function giveAway(give: () => void): void {
  try {
    give();
  } catch {
    // Only root can; whoever else asks for another user is told so when the server tries to become that user.
  }
}

async function untilDone(
  run: Run,
  options: ServerOptions,
  logs: Logs,
  startServer: StartServer,
): Promise<number> {
  const orders = listenToSignals();
  let restWatchdog = (): void => {};
  try {
    const server = await startServer(options, logs.emit, orders.endedEarly, statsOf(run));
    run.background?.ready();
    void sdNotify(["READY=1", `STATUS=Listening on ${server.addresses.join(", ")}`], run.env);
    restWatchdog = feedWatchdog(run.env);
    orders.obey((order) => {
      if (isEnding(order)) void sdNotify(["STOPPING=1"], run.env);
      return carryOut(order, server, {
        reopenLog: () => reopen(options.log, server, logs),
        abandon,
      });
    });
    return await server.done;
  } catch (error) {
    // Given up because we were told to: that is no failure.
    if (orders.endedEarly.aborted) return EXIT.ok;
    throw error;
  } finally {
    orders.close();
    restWatchdog();
  }
}

/** As long as our own loop turns, whoever watches us hears of it; returns what ends that. */
function feedWatchdog(env: NodeJS.ProcessEnv): () => void {
  const everyMs = watchdogEveryMs(env);
  if (everyMs === undefined) return () => {};
  const timer = setInterval(() => void sdNotify(["WATCHDOG=1"], env), everyMs);
  return () => clearInterval(timer);
}

function statsOf({ settings: { stats: path }, software }: Run): Between | undefined {
  return path === undefined ? undefined : stats({ path, software, clock: systemClock });
}

function announce(
  settings: Settings,
  options: ServerOptions,
  ruby: Ruby,
  emit: Emit<AnyFact>,
): void {
  const { app, pool, http } = options;
  emit({
    type: "server-starting",
    version: version(),
    environment: app.environment,
    directory: app.directory,
    rackup: settings.rackup,
    adapter: app.adapter,
    ruby: `${ruby.version}${app.yjit ? " with YJIT" : ""}`,
    workers: pool.workers,
    threads: app.threads,
    maxConnections: http.connectionLimit,
  });
  if (http.connectionLimit < settings.maxConns) limited(settings, http.connectionLimit, emit);
  if (ruby.otherThan === undefined) return;
  const { version: wanted, file } = ruby.otherThan;
  emit({ type: "ruby-differs", version: ruby.version, wanted, file });
}

/** Who cannot open the log keeps the old one, as the workers then do. */
function reopen(log: string | undefined, server: Server, logs: Logs): void {
  if (log !== undefined) logs.emit({ type: "log-reopening", path: log });
  if (logs.reopen() && log !== undefined) server.reopen(log);
}

function limited({ maxConns: wanted }: Settings, connections: number, emit: Emit<AnyFact>): void {
  emit({ type: "connections-limited", connections, wanted, fileLimit: openFileLimit() });
}

async function mustBeFolder(path: string): Promise<void> {
  const found = await mustExist(path, "Name the app's folder: gossamer serve DIR.");
  if (found.isDirectory()) return;
  throw new ConfigError(`${path} is a file. Name its folder, and the file with --rackup FILE.`);
}

async function mustExist(path: string, advice: string): Promise<Stats> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw new ConfigError(`${path} is not there. ${advice}`);
  return found;
}
