/** Words that a shell does by itself, or that begin something longer than one command. */
const BUILT_IN =
  /^\s*(?:[A-Za-z_]\w*=|(?:cd|export|exec|source|\.|eval|set|unset|umask|ulimit|trap|if|for|while|until|case|time|[!({])(?:\s|$))/;

/** The line as a shell should run it so that it is the shell's own process: what signals go to. */
export function withExec(command: string): string {
  const isOne = !/[;&|]/.test(command.replace(/'[^']*'|"(?:\\.|[^"\\])*"|\d?>&\d?/g, ""));
  return isOne && !BUILT_IN.test(command) ? `exec ${command}` : command;
}

/** `text` as one word for a shell, whatever is in it. */
export function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
