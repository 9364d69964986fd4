import type { AppDescription, ProcessDescription } from "../supervise/index.ts";
import type { ExportedProcess, ExportModel } from "./model.ts";
import { withExec } from "./shell.ts";

/** What the supervisor is to be told of a model; its processes run as who tells it. */
export interface DescribedModel extends Omit<ExportModel, "user"> {
  /** Absolute: for what the processes print, and for the supervisor's own log. */
  readonly log: string;
  /** Absolute: where the supervisor keeps its pid files. */
  readonly baseDir: string;
  /** What messages call the Procfile. */
  readonly file: string;
}

/** What lives for so long has started. */
const START_GRACE_MS = 1_000;
/** A server that goes to the background by itself is back when its app is loaded. */
const DAEMON_START_GRACE_MS = 30_000;
const DAEMON_LEAVES_WITHIN_MS = 5_000;
/** As `gossamer up -r` has it. */
const BACKOFF = { firstMs: 100, ceilingMs: 30_000, forgiveAfterMs: 10_000 };
const BESIDE_OTHERS = { start: true, stop: true, restart: true, unmonitor: true };

/** A model as the supervisor takes it: what a pill would say, without the pill. A group for each type. */
export function appDescription(model: DescribedModel): AppDescription {
  const { app, log, baseDir, file, processes } = model;
  return {
    name: app,
    place: { file, line: 1 },
    logFile: `${log}/up.log`,
    baseDir,
    foreground: false,
    killTimeoutMs: DAEMON_LEAVES_WITHIN_MS,
    notifications: [],
    processes: processes.map((one) => described(one, model)),
  };
}

function described(
  { plan, pidFile }: ExportedProcess,
  { app, root, log, baseDir, file, timeoutMs }: DescribedModel,
): ProcessDescription {
  const output = `${log}/${plan.name}.log`;
  return {
    name: plan.name,
    group: plan.type,
    place: { file, line: 1 },
    startCommand: ["/bin/sh", "-c", withExec(plan.command)],
    daemonize: pidFile === undefined,
    pidFile: pidFile ?? `${baseDir}/pids/${app}/${plan.name}.pid`,
    cacheActualPid: true,
    workingDir: root,
    environment: plan.environment,
    stdout: output,
    stderr: output,
    supplementaryGroups: [],
    autoStart: true,
    notifyReady: false,
    onStartTimeout: "start",
    besideOthers: BESIDE_OTHERS,
    dependsOn: [],
    backoff: BACKOFF,
    startGraceMs: pidFile === undefined ? START_GRACE_MS : DAEMON_START_GRACE_MS,
    stopGraceMs: timeoutMs,
    restartGraceMs: START_GRACE_MS,
    checks: [],
    triggers: [],
  };
}
