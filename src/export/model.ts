import type { PlannedProcess } from "../supervise/index.ts";
import { ExportError } from "./errors.ts";

/** What is to be exported. */
export interface ExportModel {
  readonly app: string;
  readonly user: string;
  /** Absolute. */
  readonly root: string;
  /** Absolute; where the format has no better place. */
  readonly log: string | undefined;
  /** From TERM to KILL. */
  readonly timeoutMs: number;
  /** Of the `.env` files' and of each process. */
  readonly processes: readonly ExportedProcess[];
}

export interface ExportedProcess {
  readonly plan: PlannedProcess;
  /** Absolute; undefined unless the command goes to the background by itself. */
  readonly pidFile: string | undefined;
}

/** A file of somebody else's. */
export interface ExportedFile {
  readonly name: string;
  readonly text: string;
}

/** Throws ExportError for what no format of ours can hold. */
export function checkModel(model: ExportModel): void {
  checkName(model.app, /^[A-Za-z0-9_][\w.-]*$/, "The name of the app", "-a NAME");
  checkName(model.user, /^[A-Za-z0-9_][\w.-]*\$?$/, "The user", "-u USER");
  mustBeOneLine(model.root, "The folder", "Move it.");
  mustBeOneLine(model.log ?? "", "The folder for logs", "Name another with -l DIR.");
  for (const { plan } of model.processes) {
    for (const [key, value] of Object.entries(plan.environment)) {
      mustBeOneLine(value, `${key} of ${plan.name}`, "Write it on one line in the env file.");
    }
  }
}

function checkName(name: string, pattern: RegExp, what: string, flag: string): void {
  if (pattern.test(name)) return;
  throw new ExportError(
    `${what} cannot be ${JSON.stringify(name)}. Use letters, digits, - and _: ${flag}.`,
  );
}

function mustBeOneLine(text: string, what: string, advice: string): void {
  if (!/[\n\r\0]/.test(text)) return;
  throw new ExportError(`${what} has more than one line, which cannot be exported. ${advice}`);
}
