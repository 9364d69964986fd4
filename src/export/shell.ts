/** Words that a shell does by itself, or that begin something longer than one command. */
const BUILT_IN =
  /^(?:[A-Za-z_]\w*=|\(|(?:cd|export|exec|exit|source|\.|:|eval|set|unset|umask|ulimit|trap|read|wait|command|if|for|while|until|case|time|[!{])(?:\s|$))/;

/** `A=1 B="x y" `, which may stand before any command, and the rest. */
const ASSIGNMENTS =
  /^(\s*(?:[A-Za-z_]\w*=(?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|\$\([^()]*\)|[^\s'"\\$]|\$(?!\())*\s+)*)(.*)$/s;

/** What means nothing special, whatever is in it. */
const HARMLESS = /'[^']*'|"(?:\\.|[^"\\])*"|\d?>&\d?/g;

/**
 * The line as a shell should run it so that its last command takes the shell's place: what signals go to. Of `cd app && x`
 * too: a shell that waits for x would be ended by them, and x would have to go with it at once.
 */
export function withExec(command: string): string {
  const row = rowIn(command);
  if (row === undefined || BUILT_IN.test(row.last)) return command;
  return `${row.before}exec ${row.last}`;
}

/** Whether the shell is gone by the time that the line's own program runs. */
export function isReplaced(command: string): boolean {
  return /^exec\s/.test(rowIn(withExec(command))?.last ?? "");
}

interface Row {
  readonly before: string;
  readonly last: string;
}

/** `last` runs once all before it has done well, if there is anything. Undefined for what is more than that. */
function rowIn(command: string): Row | undefined {
  const bare = command.replace(HARMLESS, (text) => "_".repeat(text.length));
  const and = bare.lastIndexOf("&&");
  const at = and < 0 ? 0 : and + 2;
  if (/[;|\n]|(?<!&)&(?!&)/.test(bare) || (at > 0 && /[()`]/.test(bare))) return undefined;
  const [, assignments = "", last = ""] = ASSIGNMENTS.exec(command.slice(at)) ?? [];
  return last === "" ? undefined : { before: `${command.slice(0, at)}${assignments}`, last };
}

/** `text` as one word for a shell, whatever is in it. */
export function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
