/** An option that is unknown, or has a value it cannot have. Its message is one line that says where. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly code = "ERR_CONFIG";
}

/** `--port: expected a whole number of at least 0, got "http".` */
export function unexpected(where: string, expected: string, got: unknown): ConfigError {
  return new ConfigError(`${where}: expected ${expected}, got ${JSON.stringify(got)}.`);
}

/** `Unknown option --prot. Did you mean --port?` */
export function unknown(what: string, typed: string, near: string | undefined): ConfigError {
  const hint = near === undefined ? "" : ` Did you mean ${near}?`;
  return new ConfigError(`Unknown ${what} ${typed}.${hint}`);
}
