/**
 * The signal by which the web server of this command loads its app anew, and goes on serving; without SIG. Undefined for
 * servers that we do not know: what does not expect HUP would go on with the old app, or end.
 */
export function reloadSignalOf(command: string): "HUP" | "USR2" | undefined {
  if (/\bpuma\b/.test(command)) return "USR2";
  return /\b(?:thin|gossamer|unicorn|unicorn_rails|falcon)\b/.test(command) ? "HUP" : undefined;
}
