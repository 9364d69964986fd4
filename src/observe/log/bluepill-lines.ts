import type { About, SuperviseFact } from "../../supervise/index.ts";
import { debug, error, info, type Level, type Line, type Sentences, warn } from "./line.ts";

/** The words for each fact of the supervisor: bluepill's own where it has some, for scripts look for them. */
const LINES: Sentences<SuperviseFact> = {
  "daemon-up": (fact) =>
    info(`bluepilld ${fact.pid} looks after ${several(fact.processes, "process", "es")}`),
  "daemon-ending": () => info("Terminating... what is monitored stays as it is"),
  "daemon-stumbled": (fact) => ({
    level: "error",
    text: "Something went wrong that should not have; going on",
    details: fact.error instanceof Error ? fact.error.stack : String(fact.error),
  }),
  "process-ended": (fact) =>
    fact.complaint === ""
      ? info(`Process ${fact.pid} ended (${fact.reason})`)
      : error(`Process ${fact.pid} ended (${fact.reason}): ${fact.complaint}`),
  "journal-unwritable": (fact) =>
    error(
      `Cannot write the journal ${fact.path}: ${fact.reason}. If this daemon is killed, the next one goes by pid files`,
    ),
  "journal-written": (fact) => info(`The journal ${fact.path} is written again`),
  "order-given": (fact) => info(`Ordered: ${fact.order}`),
  "state-changed": (fact) => info(`Going from ${fact.from} => ${fact.to}`),
  "process-found": (fact) => info(`Found running as ${fact.pid}`),
  "process-unknown": (fact) => debug(fact.why),
  "command-begins": (fact) => info(`Executing ${NAMES[fact.name]} command: ${fact.command}`),
  "command-failed": (fact) => ({
    level: "error",
    text: `${capital(NAMES[fact.name])} command execution returned non-zero exit code: ${fact.reason}`,
    details: fact.output || undefined,
  }),
  "command-late": (fact) => ({
    level: "error",
    text:
      `${capital(NAMES[fact.name])} command has run for ${seconds(fact.afterMs)}. Execution is taking longer than expected.` +
      (fact.name === "start" ? " Did you forget to tell bluepill to daemonize this process?" : ""),
  }),
  "start-goes-on": (fact) =>
    warn(`The start command still runs as ${fact.pid}. It is not run a second time beside that`),
  "start-refused": (fact) =>
    warn(`Refusing to re-run start command on an already running process. It is ${fact.pid}`),
  "start-postponed": (fact) => info(`Started when ${fact.until.join(", ")} is up`),
  "pid-file-unwritable": (fact) => error(`Cannot write the pid file ${fact.path}: ${fact.reason}`),
  "pid-file-written": (fact) => info(`The pid file ${fact.path} is written after all`),
  "signal-sent": (fact) => info(`Sending signal ${fact.signal.toLowerCase()} to ${fact.pid}`),
  "signal-refused": (fact) =>
    error(`Failed to signal process ${fact.pid} with ${fact.signal}: it belongs to somebody else`),
  "stop-failed": (fact) =>
    error(`Process ${fact.pid} still runs after everything that the pill says to stop it`),
  "rest-ended": (fact) =>
    info(`Sending signal ${fact.signal.toLowerCase()} to what ${fact.pid} has left`),
  "check-sampled": (fact) => debug(`${fact.check}: ${fact.samples}`),
  "check-fired": (fact) => info(`${fact.check} dispatched: ${fact.event}`),
  flapping: (fact) =>
    warn(
      fact.retryInMs === 0
        ? "Flapping detected: not started again until somebody does"
        : `Flapping detected: retrying in ${fact.retryInMs / 1000} seconds`,
    ),
  "backing-off": (fact) => info(`Starting again in ${seconds(fact.delayMs)}`),
  "schedule-cancelled": () => info("Canceling all scheduled events"),
  "children-changed": (fact) =>
    debug(`Children: new [${some(fact.added)}], gone [${some(fact.gone)}]`),
  "notification-failed": (fact) => error(`Nobody could be notified: ${fact.reason}`),
  "process-said": (fact) => debug(`${fact.pid} says: ${fact.words}`),
  "never-ready": (fact) =>
    error(
      `It has not said in ${seconds(fact.afterMs)} that it is ready (READY=1), and is stopped. Give it more start_grace_time`,
    ),
  "watchdog-silent": (fact) =>
    error(`It has not said for ${seconds(fact.afterMs)} that it is well (WATCHDOG=1)`),
  "stranger-said": (fact) =>
    warn(`Process ${fact.pid}, which belongs to nothing here, is not believed: ${fact.words}`),
  "notices-lost": (fact) => warn(`Nobody hears what processes say of themselves: ${fact.reason}`),
  "notices-found": () => info("What processes say of themselves is heard again"),
  "output-rotated": (fact) => debug(`${fact.path} begins anew`),
  "output-not-rotated": (fact) => error(`Cannot rotate ${fact.path}: ${fact.reason}`),
  "pill-lost": (fact) => warn(`Checks and triggers of the pill's own have to wait: ${fact.reason}`),
  "pill-found": () => info("Checks and triggers of the pill's own are at work again"),
  "trigger-said": ({ level, text }) => ({ level: LEVELS[level] ?? "info", text }),
  "trigger-failed": (fact) => error(`The trigger ${fact.trigger} failed: ${fact.reason}`),
};

/** The sentence for a fact, with whom it is about before it: `[app:group:name] …`. */
export function bluepillLineFor(fact: SuperviseFact): Line {
  const { level, text, details } = (LINES[fact.type] as (fact: SuperviseFact) => Line)(fact);
  return { level, text: `[${nameOf(fact)}] ${text}`, details };
}

/** One record as Ruby's Logger writes it: `I, [2026-11-23T12:16:46.113265 #9450]  INFO -- : [app] text`. */
export function bluepillFormat(pid: number): (fact: SuperviseFact, wallMs: number) => string {
  return (fact, wallMs) => {
    const { level, text, details } = bluepillLineFor(fact);
    const time = localTime(new Date(wallMs));
    const name = SEVERITIES[level];
    const rest = details === undefined ? "" : `\n${details}`;
    return `${name[0]}, [${time} #${pid}] ${name.padStart(5)} -- : ${text}${rest}\n`;
  };
}

/** As the pill's own triggers name them. */
const LEVELS: Readonly<Record<string, Level>> = {
  debug: "debug",
  info: "info",
  notice: "info",
  warning: "warn",
  warn: "warn",
  err: "error",
  error: "error",
};

/** So many numbers are enough for a line. */
const SHOWN = 8;
const SEVERITIES = { debug: "DEBUG", info: "INFO", warn: "WARN", error: "ERROR" } as const;
const NAMES = { pre_start: "pre start", start: "start", stop: "stop", restart: "restart" } as const;

function nameOf({ app, group, process, child }: About): string {
  const names = [app, group, process, child === undefined ? undefined : `<child(pid:${child})>`];
  return names.filter((name) => name !== undefined).join(":");
}

function localTime(time: Date): string {
  const local = new Date(time.getTime() - time.getTimezoneOffset() * 60_000);
  return local.toISOString().replace("Z", "000");
}

/** A server with hundreds of children that come and go must not fill the disk with their numbers. */
function some(pids: readonly number[]): string {
  const left = pids.length - SHOWN;
  const shown = pids.slice(0, SHOWN).join(", ");
  return left > 0 ? `${shown} and ${left} more` : shown;
}

function capital(text: string): string {
  return `${text[0]?.toUpperCase()}${text.slice(1)}`;
}

function several(count: number, noun: string, ending: string): string {
  return `${count} ${noun}${count === 1 ? "" : ending}`;
}

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}
