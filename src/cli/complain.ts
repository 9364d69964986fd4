/** Errors whose message says all there is to say: whose is it, and what to do. */
const PLAIN: readonly string[] = [
  "ConfigError",
  "OptionError",
  "RubyError",
  "ErbError",
  "ListenError",
  "TlsError",
  "LogError",
  "WorkerStartError",
  "IdentityError",
  "PidFileError",
];

/** What the operator is shown of an error: its sentence, or, where it was not foreseen, its stack too. */
export function complaint(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "LoadError") return `The app did not load: ${error.message}`;
  return PLAIN.includes(error.name) ? error.message : (error.stack ?? error.message);
}
