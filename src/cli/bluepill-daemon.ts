import { chmodSync, mkdirSync, rmSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { LineHost } from "../control/index.ts";
import { type Emit, systemClock } from "../kit/index.ts";
import {
  type AnyFact,
  bluepillFormat,
  bluepillLineFor,
  type Level,
  lineFor,
  openDestination,
  rotating,
} from "../observe/index.ts";
import {
  type AppDescription,
  Application,
  type BluepillReply,
  bluepillOrderIn,
  type Customs,
  NoticeSocket,
  needsRuby,
  PillHost,
  type PillHostListener,
  type Rotation,
  type SuperviseFact,
  speaks,
} from "../supervise/index.ts";
import { type DaemonVoice, openSyslog, PidFile } from "../unix/index.ts";
import { BluepillBase } from "./bluepill-base.ts";
import { BLUEPILL_EXIT } from "./bluepill-error.ts";
import { version } from "./version.ts";

/** What a daemon of bluepill is told by who starts it. */
export interface Briefing {
  readonly description: AppDescription;
  readonly basePath: string;
  readonly pill: PillPlace;
}

/** Where a pill is, and where it was loaded: checks and triggers of its own go on running there. */
export interface PillPlace {
  readonly path: string;
  readonly cwd: string;
  readonly baseDir: string | undefined;
}

/** The part of a daemon that `load` started: what it is to look after, it is told. */
export async function runAsDaemon(voice: DaemonVoice, env: NodeJS.ProcessEnv): Promise<number> {
  const { description, basePath, pill } = (await voice.briefing) as Briefing;
  await superviseApp(description, pill, new BluepillBase(basePath), env, () => voice.ready());
  return BLUEPILL_EXIT.ok;
}

const LINE_LIMIT_BYTES = 65_536;
const SOCKET_MODE = 0o755;

/**
 * Looks after an application until it is told to end (TERM, INT); HUP opens the log anew. `ready` is called once it takes
 * orders. Rejects when it cannot begin.
 */
export async function superviseApp(
  description: AppDescription,
  pill: PillPlace,
  base: BluepillBase,
  env: NodeJS.ProcessEnv,
  ready: () => void,
): Promise<void> {
  const { name } = description;
  process.title = `bluepilld: ${name}`;
  mkdirSync(base.pidFolderOf(name), { recursive: true, mode: 0o755 });
  const log = openLog(description);
  const customs = await customsOf(description, pill, env, {
    said: (wish) => application.hear(wish),
    lost: (reason) => log.emit({ type: "pill-lost", app: name, reason }),
    found: () => log.emit({ type: "pill-found", app: name }),
  });
  const application: Application = new Application(description, {
    clock: systemClock,
    journalPath: base.journalOf(name),
    environment: env,
    noticePath: base.noticesOf(name),
    customs,
    emit: log.emit,
  });
  process.on("uncaughtException", (error) =>
    log.emit({ type: "daemon-stumbled", app: name, error }),
  );
  const ending = untilTold(() => log.reopen());
  const pidFile = new PidFile(base.pidFileOf(name));
  pidFile.remove();
  pidFile.write(process.pid);
  const host = hostFor(application, description, base);
  const notices = noticesFor(application, description, pill, base.noticesOf(name), env, log);
  try {
    await Promise.all([host.listening, notices]);
    // Whoever may write to it gives orders, and the umask is that of whoever has loaded the pill.
    chmodSync(base.socketOf(name), SOCKET_MODE);
    await application.begin();
    ready();
    await ending;
    if (description.foreground) process.stdout.write("Terminating...\n");
  } finally {
    host.close();
    pidFile.removeIf(process.pid);
    application.end();
    await Promise.all([
      customs.close(),
      notices.then(
        (socket) => socket?.close(),
        () => {},
      ),
    ]);
    log.close();
  }
}

/** The pill's own checks and triggers: a Ruby process for them, where there are any. */
async function customsOf(
  description: AppDescription,
  { path, cwd, baseDir }: PillPlace,
  env: NodeJS.ProcessEnv,
  listener: PillHostListener,
): Promise<Customs & { close(): Promise<void> }> {
  if (needsRuby(description)) {
    const stdio = ["ignore", "ignore", "ignore"] as const;
    return await PillHost.open(path, { cwd, env, baseDir, stdio }, listener);
  }
  const none = () => Promise.reject(new Error("the pill defines none"));
  return { check: none, notify: none, close: () => Promise.resolve() };
}

/** The ear for what processes say of themselves, where any of them is to. */
async function noticesFor(
  application: Application,
  { name, processes }: AppDescription,
  pill: PillPlace,
  path: string,
  env: NodeJS.ProcessEnv,
  { emit }: Log,
): Promise<NoticeSocket | undefined> {
  if (!processes.some(speaks)) return undefined;
  const folder = dirname(resolve(pill.cwd, pill.path));
  return await NoticeSocket.open(
    path,
    { folder, env },
    {
      heard: (notice) => application.hearOfItself(notice),
      lost: (reason) => emit({ type: "notices-lost", app: name, reason }),
      found: () => emit({ type: "notices-found", app: name }),
    },
  );
}

function hostFor(
  application: Application,
  description: AppDescription,
  base: BluepillBase,
): LineHost {
  const path = base.socketOf(description.name);
  rmSync(path, { force: true });
  const answer = async (line: string): Promise<string> =>
    JSON.stringify(await replyTo(line, application, description));
  return new LineHost(path, { limitBytes: LINE_LIMIT_BYTES, answer });
}

async function replyTo(
  line: string,
  application: Application,
  description: AppDescription,
): Promise<BluepillReply> {
  const order = bluepillOrderIn(line);
  if (order === undefined) return { reply: "failed", message: "This is no order of ours." };
  if (order.order === "about") {
    const logFile = description.logFile ?? null;
    return { reply: "about", version: version(), pid: process.pid, logFile };
  }
  if (order.order === "describe") return { reply: "description", description };
  if (order.target.length > 2) {
    const message = `${order.target.join(":")} is no target: name a group, a process, or group:process.`;
    return { reply: "failed", message };
  }
  if (order.order === "status") {
    return { reply: "status", groups: application.status(order.target) };
  }
  return { reply: "done", processes: await application.carryOut(order.order, order.target) };
}

interface Log {
  readonly emit: Emit<SuperviseFact>;
  reopen(): void;
  close(): void;
}

/** The log file, or syslog without one; in the foreground, standard output besides. */
function openLog({ logFile, logRotate, foreground }: AppDescription): Log {
  const write = logFile === undefined ? toSyslog() : toFile(logFile, logRotate);
  return {
    ...write,
    emit: (fact) => {
      write.emit(fact);
      if (!foreground) return;
      const { level, text } = bluepillLineFor(fact);
      process.stdout.write(`[${level === "warn" ? "warning" : level}]: ${text}\n`);
    },
  };
}

function toFile(logFile: string, logRotate: Rotation | undefined): Log {
  const opened = openDestination({ file: logFile, option: "log_file:" }, sayElsewhere);
  const destination =
    logRotate === undefined ? opened : rotating(opened, logFile, logRotate, sayElsewhere);
  const format = bluepillFormat(process.pid);
  return {
    emit: (fact) => destination.write(format(fact, systemClock.wallMs())),
    reopen: () => destination.reopen(),
    close: () => destination.close(),
  };
}

/** What is wrong with a log cannot stand in it. */
function sayElsewhere(fact: AnyFact): void {
  const syslog = openSyslog("bluepilld");
  syslog.write(SEVERITIES.warn, lineFor(fact).text);
  void syslog.close();
}

const SEVERITIES: Readonly<Record<Level, number>> = { error: 3, warn: 4, info: 6, debug: 7 };

function toSyslog(): Log {
  const syslog = openSyslog("bluepilld");
  return {
    emit: (fact) => {
      const { level, text } = bluepillLineFor(fact);
      syslog.write(SEVERITIES[level], text);
    },
    reopen: () => {},
    close: () => void syslog.close(),
  };
}

function untilTold(reopen: () => void): Promise<void> {
  process.on("SIGHUP", reopen);
  process.on("SIGUSR1", reopen);
  return new Promise((resolve) => {
    process.once("SIGTERM", () => resolve());
    process.once("SIGINT", () => resolve());
  });
}
