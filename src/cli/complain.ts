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
  "FileLimitError",
  "ProcfileError",
  "ExportError",
  "BluepillError",
];

const TOO_FEW_FILES =
  "Too few files may be open to start. Raise the hard limit: ulimit -Hn 1024, or LimitNOFILE= of the service.";

/** What the operator is shown of an error: its sentence, or, where it was not foreseen, its stack too. */
export function complaint(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ((error as NodeJS.ErrnoException).code === "EMFILE") return TOO_FEW_FILES;
  if (error.name === "LoadError") return `The app did not load: ${error.message}`;
  return PLAIN.includes(error.name) ? error.message : (error.stack ?? error.message);
}
