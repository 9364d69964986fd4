/**
 * What a pill says, as plain data. `ruby/pill` evaluates the pill and writes this as JSON (docs/PILL.md); from then on no
 * Ruby is needed, except for checks and triggers that the pill itself defines.
 */

/** One application: one daemon, one socket, one log. */
export interface AppDescription {
  readonly name: string;
  readonly place: Place;
  /** Absolute. Without it the log goes to syslog, facility local6. */
  readonly logFile?: string;
  readonly logRotate?: Rotation;
  /** Absolute: the pill's own, else the command's `-c`, BLUEPILL_BASE_DIR, or the user's own. */
  readonly baseDir: string;
  readonly foreground: boolean;
  /** How long `load` waits for the daemon before it to end. */
  readonly killTimeoutMs: number;
  readonly notifications: readonly Notification[];
  readonly processes: readonly ProcessDescription[];
}

/** Where in a pill something stands: what a refusal names. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

/** When a log begins anew, and how many old ones stay: `app.log.1` is the youngest. */
export interface Rotation {
  readonly limitBytes: number;
  readonly keep: number;
}

/** A program and its words: what was one line in the pill, split as a shell splits words. */
export type Command = readonly [program: string, ...words: string[]];

/** A signal's name without SIG: `QUIT`, `TERM`, `KILL`. */
export type SignalName = string;

/** Send the signal, then leave the process `graceMs` to end before the next step. */
export interface StopStep {
  readonly signal: SignalName;
  readonly graceMs: number;
}

/** What a check may make happen. */
export type EventName = "start" | "stop" | "restart" | "unmonitor";

/** What is common to a process and to the children of one. */
export interface Attended {
  readonly stopCommand?: Command;
  readonly stopSignals?: readonly StopStep[];
  readonly restartCommand?: Command;
  readonly startGraceMs: number;
  readonly stopGraceMs: number;
  readonly restartGraceMs: number;
  readonly checks: readonly CheckDescription[];
  readonly flapping?: FlappingDescription;
  readonly triggers: readonly TriggerDescription[];
}

export interface ProcessDescription extends Attended {
  readonly name: string;
  readonly group?: string;
  readonly place: Place;
  readonly startCommand: Command;
  readonly preStartCommand?: Command;
  /** Detach the command and write its pid file; otherwise it does both itself. */
  readonly daemonize: boolean;
  readonly pidFile: string;
  /** A line for the shell that prints the pid; asked instead of the pid file. */
  readonly pidCommand?: string;
  /** Whether the pid once read is believed until it is dead. */
  readonly cacheActualPid: boolean;
  readonly workingDir?: string;
  /** Over what the daemon's own environment has. */
  readonly environment: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly stdout?: string;
  readonly stderr?: string;
  /** For `stdout` and `stderr`; without it they grow. */
  readonly logRotate?: Rotation;
  /** Names, as the system knows them. */
  readonly uid?: string;
  readonly gid?: string;
  readonly supplementaryGroups: readonly string[];
  readonly umask?: number;
  readonly autoStart: boolean;
  /** What happens when a command that daemonizes itself, or readiness, takes longer than `startGraceMs`. */
  readonly onStartTimeout: EventName;
  /** Whether an order to a group treats this process beside the others, or by itself, in order. */
  readonly besideOthers: Readonly<Record<EventName, boolean>>;
  /** Names of processes that must be up before this one is started. */
  readonly dependsOn: readonly string[];
  /** How long to wait between restarts of what keeps dying; without it, as bluepill: at once. */
  readonly backoff?: BackoffDescription;
  /** Up is what says READY=1 on $NOTIFY_SOCKET (sd_notify), and not before. */
  readonly notifyReady: boolean;
  /** It is restarted when it has not said WATCHDOG=1 for so long. */
  readonly watchdogMs?: number;
  readonly children?: Attended;
}

export interface BackoffDescription {
  readonly firstMs: number;
  readonly ceilingMs: number;
  readonly forgiveAfterMs: number;
}

/** `times` attempts to start within `withinMs`: no more of them until `retryInMs` has passed (0: never again by itself). */
export interface FlappingDescription {
  readonly times: number;
  readonly withinMs: number;
  readonly retryInMs: number;
}

/** A trigger that the pill defines in Ruby: `id` is its number in the Ruby process that keeps it. */
export interface TriggerDescription {
  readonly id: number;
  readonly name: string;
}

export interface CheckDescription {
  readonly name: string;
  readonly place: Place;
  readonly everyMs: number;
  /** It fires when so many of the last so many samples fail. */
  readonly times: readonly [failures: number, samples: number];
  readonly fires: readonly EventName[];
  readonly kind: CheckKind;
}

/** What is looked at, and what is still good. */
export type CheckKind =
  | { readonly type: "cpu_usage"; readonly belowPercent: number; readonly includeChildren: boolean }
  | { readonly type: "mem_usage"; readonly belowBytes: number; readonly includeChildren: boolean }
  | { readonly type: "running_time"; readonly belowMs: number }
  | { readonly type: "file_time"; readonly filename: string; readonly belowMs: number }
  | {
      readonly type: "http";
      readonly url: string;
      /** The first digit of a good status, or all three of them. */
      readonly status: string;
      /** Source and flags of what the body must match. */
      readonly pattern?: { readonly source: string; readonly flags: string };
      readonly openTimeoutMs: number;
      readonly readTimeoutMs: number;
    }
  | { readonly type: "zombie_process" }
  | { readonly type: "always_true" }
  /** Memory that only grows: by more than so much in the time given. */
  | { readonly type: "mem_growth"; readonly belowBytes: number; readonly withinMs: number }
  | { readonly type: "open_files"; readonly below: number }
  /** How full the file system of `path` is. */
  | { readonly type: "disk_usage"; readonly path: string; readonly belowPercent: number }
  /** Whether somebody accepts at `host:port` or at the path of a UNIX socket. */
  | { readonly type: "connect"; readonly address: string; readonly timeoutMs: number }
  /** A class of the pill's own; `id` is the number of the instance in the Ruby process that keeps it. */
  | { readonly type: "custom"; readonly id: number; readonly includeChildren: boolean };

/** Whom to tell when one of these states is entered. */
export interface Notification {
  readonly states: readonly string[];
  readonly target:
    | { readonly type: "command"; readonly command: Command }
    | { readonly type: "webhook"; readonly url: string };
}
