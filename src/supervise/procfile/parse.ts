import { ProcfileError } from "./errors.ts";

/** One line of a Procfile: a type of process, and the line that a shell runs for it. */
export interface ProcfileEntry {
  readonly type: string;
  readonly command: string;
  /** From 1. */
  readonly line: number;
}

/** A line that is neither a process, nor a comment, nor blank. Foreman says nothing of those. */
export interface IgnoredLine {
  readonly line: number;
  readonly text: string;
}

/** A Procfile as it was read. */
export interface Procfile {
  /** What messages call it. */
  readonly file: string;
  /** In the order of the file, at least one, each of another type. */
  readonly entries: readonly ProcfileEntry[];
  readonly ignored: readonly IgnoredLine[];
}

/** Foreman's grammar: a type at the beginning of the line, a colon, blanks if any, at least one character. */
const ENTRY = /^([A-Za-z0-9_-]+):[ \t\r\n\f\v]*(.+)$/s;
const SILENT = /^\s*(?:#.*)?$/;

/** Reads the text of a Procfile. Throws ProcfileError when there is no process in it, or one twice. */
export function parseProcfile(text: string, file: string): Procfile {
  const entries: ProcfileEntry[] = [];
  const ignored: IgnoredLine[] = [];
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  for (const [index, written] of lines.entries()) {
    const [, type, command] = ENTRY.exec(written) ?? [];
    const line = index + 1;
    if (type !== undefined && command !== undefined && command.trim() !== "") {
      mustBeNew(type, line, entries, file);
      entries.push({ type, command, line });
    } else if (!SILENT.test(written)) ignored.push({ line, text: written });
  }
  if (entries.length === 0) throw empty(file);
  return { file, entries, ignored };
}

function mustBeNew(
  type: string,
  line: number,
  entries: readonly ProcfileEntry[],
  file: string,
): void {
  const first = entries.find((entry) => entry.type === type);
  if (first === undefined) return;
  throw new ProcfileError(
    `${file}:${line}: ${type} is there already, in line ${first.line}. Give one of the two another name.`,
  );
}

function empty(file: string): ProcfileError {
  return new ProcfileError(
    `${file}: no processes defined. Write a line for each, such as \`web: gossamer serve -p $PORT\`.`,
  );
}
