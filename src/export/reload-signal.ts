/** The signal by which the web server of this command loads its app anew, and goes on serving; without SIG. */
export function reloadSignalOf(command: string): "HUP" | "USR2" {
  return /\bpuma\b/.test(command) ? "USR2" : "HUP";
}
