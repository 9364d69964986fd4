import { checkModel, type ExportedFile, type ExportedProcess, type ExportModel } from "./model.ts";
import { reloadSignalOf } from "./reload-signal.ts";
import { isReplaced, shellQuoted, withExec } from "./shell.ts";

const CUSTOM_WEB = "custom_web";

/** One application of bluepill's: one file. */
interface Pill {
  readonly name: string;
  readonly ownLog: string;
  readonly processes: readonly PillProcess[];
}

interface PillProcess {
  readonly name: string;
  readonly log: string;
  readonly group: string | undefined;
  readonly process: ExportedProcess;
}

/**
 * The pills for a model: one for all of it, or, where there is a `custom_web`, one for the web server and one for each
 * other type, called as Cloud 66 calls them. Throws ExportError.
 */
export function bluepillFiles(model: ExportModel): readonly ExportedFile[] {
  checkModel(model);
  const log = model.log ?? `/var/log/${model.app}`;
  const types = [...new Set(model.processes.map(({ plan }) => plan.type))];
  const pills = types.includes(CUSTOM_WEB)
    ? types.map((type) => pillOfType(type, model, log))
    : [pillOfApp(model, log)];
  return pills.map((pill) => ({ name: `${pill.name}.pill`, text: textOf(pill, model, log) }));
}

function pillOfApp({ app, processes }: ExportModel, log: string): Pill {
  return {
    name: app,
    ownLog: `${log}/bluepill.log`,
    processes: processes.map((process) => {
      const { type, instance } = process.plan;
      const name = `${type}-${instance}`;
      return { name, log: `${log}/${app}-${name}.log`, group: `${app}-${type}`, process };
    }),
  };
}

function pillOfType(type: string, { processes }: ExportModel, log: string): Pill {
  const isWeb = type === CUSTOM_WEB;
  const app = isWeb ? "cloud66_web_server" : `user_${type}`;
  const own = processes.filter(({ plan }) => plan.type === type);
  return {
    name: app,
    ownLog: `${log}/${app}_pill.log`,
    processes: own.map((process) => {
      const name = isWeb && own.length === 1 ? app : `${app}_${process.plan.instance}`;
      const file = isWeb && own.length === 1 ? CUSTOM_WEB : name;
      return { name, log: `${log}/${file}.log`, group: undefined, process };
    }),
  };
}

function textOf(pill: Pill, { user, root }: ExportModel, log: string): string {
  return `# Written by \`gossamer export bluepill\`. Change the Procfile, and export it again.
require "etc"
require "fileutils"

user = ${ruby(user)}
group = Etc.getgrgid(Etc.getpwnam(user).gid).name
log = ${ruby(log)}

FileUtils.mkdir_p(log)
FileUtils.chown(user, group, log) if Process.uid.zero?

Bluepill.application(${ruby(pill.name)}, log_file: ${ruby(pill.ownLog)}) do |app|
  app.uid = user
  app.gid = group
  app.working_dir = ${ruby(root)}
${pill.processes.map(processText).join("")}end
`;
}

function processText({ name, log, group, process }: PillProcess): string {
  const { plan, pidFile } = process;
  const command = `/bin/sh -c ${shellQuoted(withExec(plan.command))}`;
  const lines = [
    `process.start_command = ${ruby(command)}`,
    ...environmentLines(plan.environment),
    ...(pidFile === undefined ? attached(log, plan) : daemonized(pidFile)),
    ...reloading(process),
    ...stopping(plan.type === CUSTOM_WEB),
    ...(group === undefined ? [] : [`process.group = ${ruby(group)}`]),
    "process.monitor_children do |child|",
    '  child.stop_command "kill {{PID}}"',
    "end",
  ];
  const body = lines.map((line) => `    ${line}\n`).join("");
  return `\n  app.process(${ruby(name)}) do |process|\n${body}  end\n`;
}

function environmentLines(environment: Readonly<Record<string, string>>): readonly string[] {
  const pairs = Object.entries(environment).map(
    ([key, value]) => `  ${ruby(key)} => ${ruby(value)},`,
  );
  return ["process.environment = {", ...pairs, "}"];
}

function attached(log: string, plan: ExportedProcess["plan"]): readonly string[] {
  const pidFile = plan.type === CUSTOM_WEB ? plan.environment["CUSTOM_WEB_PID_FILE"] : undefined;
  return [
    "process.daemonize = true",
    ...(pidFile === undefined || plan.instance > 1 ? [] : [`process.pid_file = ${ruby(pidFile)}`]),
    `process.stdout = process.stderr = ${ruby(log)}`,
  ];
}

/** Its command is back only when the daemon is there, which may have an app to load. */
function daemonized(pidFile: string): readonly string[] {
  return [`process.pid_file = ${ruby(pidFile)}`, "process.start_grace_time = 30.seconds"];
}

/** A restart of the web server keeps it serving, where it is the server that gets the signal, and no shell before it. */
function reloading({ plan, pidFile }: ExportedProcess): readonly string[] {
  const isServer = pidFile !== undefined || isReplaced(plan.command);
  const signal = reloadSignalOf(plan.command);
  if (plan.type !== CUSTOM_WEB || !isServer || signal === undefined) return [];
  return [`process.restart_command = ${ruby(`kill -${signal} {{PID}}`)}`];
}

/** What Cloud 66 and foreman, each, have bluepill do. */
function stopping(isWeb: boolean): readonly string[] {
  const term = isWeb ? 11 : 5;
  return [
    `process.stop_signals = [:quit, 30.seconds, :term, ${term}.seconds, :kill]`,
    "process.stop_grace_time = 45.seconds",
  ];
}

/** A string in Ruby, with nothing interpolated. */
function ruby(text: string): string {
  return `"${text.replace(/[\\"#]/g, "\\$&")}"`;
}
