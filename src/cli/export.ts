import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import {
  ConfigError,
  commandHelp,
  commandSettings,
  EXPORT_OPTIONS,
  type ExportSettings,
  exportFormat,
  fromForemanFile,
} from "../config/index.ts";
import {
  bluepillFiles,
  type ExportedFile,
  type ExportModel,
  systemdFiles,
} from "../export/index.ts";
import { commandWords } from "./command-words.ts";
import { EXIT } from "./exit-codes.ts";
import { exportedProcesses } from "./exported-processes.ts";
import { readPlan } from "./procfile-plan.ts";

/** `gossamer export bluepill|systemd`: writes the files to the folder that `-o` names, or prints them. */
export async function exportCommand(
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<number> {
  const { given, words, isHelp } = commandWords(argv, EXPORT_OPTIONS);
  if (isHelp) {
    console.log(exportHelp());
    return EXIT.ok;
  }
  const format = formatIn(words);
  const directory = process.cwd();
  const file = await fromForemanFile(EXPORT_OPTIONS, directory);
  const settings = commandSettings(EXPORT_OPTIONS, given, file);
  const model = modelOf(settings, directory, env);
  const files = format === "bluepill" ? bluepillFiles(model) : systemdFiles(model);
  if (settings.out === undefined) print(files);
  else write(files, resolve(directory, settings.out), settings.out);
  return EXIT.ok;
}

/** The help of the command. */
export function exportHelp(): string {
  return `Usage: gossamer export bluepill|systemd [options]

Writes a Procfile as pills of bluepill or units of systemd. Each option is also a key of .foreman.

Options:
${commandHelp(EXPORT_OPTIONS)}`;
}

function formatIn(words: readonly string[]): "bluepill" | "systemd" {
  const [word, ...others] = words;
  const format = exportFormat.read(word);
  if (format !== undefined && others.length === 0) return format;
  const said = word === undefined ? "No format" : `Not a format: ${words.join(" ")}`;
  throw new ConfigError(
    `${said}. Say \`gossamer export bluepill\` or \`gossamer export systemd\`.`,
  );
}

function modelOf(settings: ExportSettings, directory: string, env: NodeJS.ProcessEnv): ExportModel {
  const { app, user, log, timeout } = settings;
  const { plan } = readPlan(settings, [], directory, env, "export");
  return {
    app,
    user: user ?? app,
    root: plan.root,
    log: log === undefined ? undefined : resolve(directory, log),
    timeoutMs: timeout,
    processes: exportedProcesses(plan),
  };
}

function print(files: readonly ExportedFile[]): void {
  const isOne = files.length === 1;
  console.log(files.map(({ name, text }) => (isOne ? text : `# ${name}\n${text}`)).join("\n"));
}

function write(files: readonly ExportedFile[], folder: string, name: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    for (const file of files) {
      writeFileSync(join(folder, file.name), file.text);
      console.log(join(name, file.name));
    }
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new ConfigError(`Cannot write to ${name} (${code}). Name another folder with -o DIR.`, {
      cause,
    });
  }
}
