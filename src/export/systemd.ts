import { checkModel, type ExportedFile, type ExportedProcess, type ExportModel } from "./model.ts";
import { reloadSignalOf } from "./reload-signal.ts";
import { isReplaced, shellQuoted, withExec } from "./shell.ts";

const CUSTOM_WEB = "custom_web";
const HEAD = "# Written by `gossamer export systemd`. Change the Procfile, and export it again.";

/** How a kind of process is stopped, and told to load anew. */
interface Ending {
  readonly signal: string;
  readonly seconds: number;
  readonly reload: string | undefined;
}

/**
 * A unit for each process, and a target for all of them; where there is a `custom_web`, called as Cloud 66 calls them.
 * Throws ExportError.
 */
export function systemdFiles(model: ExportModel): readonly ExportedFile[] {
  checkModel(model);
  const isCloud = model.processes.some(({ plan }) => plan.type === CUSTOM_WEB);
  const services = model.processes.map((process) => ({
    name: `${unitName(process, model.app, isCloud)}.service`,
    text: serviceText(process, model, isCloud),
  }));
  const target = {
    name: `${model.app}.target`,
    text: targetText(
      model.app,
      services.map(({ name }) => name),
    ),
  };
  return [target, ...services];
}

function unitName({ plan }: ExportedProcess, app: string, isCloud: boolean): string {
  if (!isCloud) return `${app}-${plan.name}`;
  if (plan.type !== CUSTOM_WEB) return `cloud66_process_${plan.type}@${plan.instance}`;
  return plan.instance === 1 ? "cloud66_web_server" : `cloud66_web_server@${plan.instance}`;
}

function targetText(app: string, services: readonly string[]): string {
  return lines(
    HEAD,
    "[Unit]",
    `Description=${app}`,
    `Wants=${services.join(" ")}`,
    "",
    ...wanted("multi-user.target"),
  );
}

function serviceText(process: ExportedProcess, model: ExportModel, isCloud: boolean): string {
  const { plan, pidFile } = process;
  const { app, user, root } = model;
  const ending = endingOf(plan.type, plan.command, isCloud, model.timeoutMs);
  return lines(
    HEAD,
    "[Unit]",
    `Description=${plan.name} of ${app}`,
    `PartOf=${app}.target`,
    "After=network.target",
    "",
    "[Service]",
    ...(pidFile === undefined ? ["Type=simple"] : ["Type=forking", `PIDFile=${path(pidFile)}`]),
    `User=${user}`,
    `WorkingDirectory=${path(root)}`,
    ...Object.entries(plan.environment).map(
      ([key, value]) => `Environment=${quoted(`${key}=${value}`)}`,
    ),
    ...commandLines(process, model),
    ...(ending.reload === undefined ? [] : [`ExecReload=/bin/kill -${ending.reload} $MAINPID`]),
    "Restart=always",
    "RestartSec=2",
    // A shell that waits ends at once, and what it waits for must not be killed then.
    `KillMode=${pidFile !== undefined || isReplaced(plan.command) ? "mixed" : "control-group"}`,
    `KillSignal=SIG${ending.signal}`,
    `TimeoutStopSec=${ending.seconds}`,
    `SyslogIdentifier=${app}-${plan.name}`,
    "",
    ...wanted(`${app}.target`),
  );
}

/** The shell is there for `$PORT` and its like. With a PATH of its own, the user's profile must not set another. */
function commandLines(
  { plan }: ExportedProcess,
  { user, log, app }: ExportModel,
): readonly string[] {
  const words = "PATH" in plan.environment ? "/bin/sh -c" : "/bin/sh -lc";
  const command = withExec(plan.command);
  if (log === undefined) return [`ExecStart=${words} ${argument(command)}`];
  const file = shellQuoted(`${log}/${app}-${plan.name}.log`);
  return [
    `ExecStartPre=+/usr/bin/install -d -o ${user} ${argument(log)}`,
    `ExecStart=${words} ${argument(`exec >>${file} 2>&1; ${command}`)}`,
  ];
}

/** TERM ends Unicorn and Thin in the middle of their requests, QUIT after them; Puma has TERM for that. */
function endingOf(type: string, command: string, isCloud: boolean, timeoutMs: number): Ending {
  const reload = type === CUSTOM_WEB ? reloadSignalOf(command) : undefined;
  const isQuit = type === CUSTOM_WEB && /\b(?:thin|unicorn|unicorn_rails)\b/.test(command);
  if (isQuit) return { signal: "QUIT", seconds: 75, reload };
  return { signal: "TERM", seconds: isCloud ? 90 : Math.ceil(timeoutMs / 1000), reload };
}

function wanted(by: string): readonly string[] {
  return ["[Install]", `WantedBy=${by}`];
}

function lines(...all: readonly string[]): string {
  return `${all.join("\n")}\n`;
}

/** systemd.syntax(7): C escapes inside double quotes; % begins a specifier. */
function quoted(text: string): string {
  return `"${text.replace(/[\\"]/g, "\\$&").replaceAll("\t", "\\t").replaceAll("%", "%%")}"`;
}

/** systemd.service(5): `$` is a variable of systemd's in a command line, unless it is doubled. */
function argument(text: string): string {
  return quoted(text).replaceAll("$", "$$$$");
}

/** A path that is all of a value is not unquoted. */
function path(text: string): string {
  return text.replaceAll("%", "%%");
}
