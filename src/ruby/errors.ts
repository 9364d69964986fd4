/** No Ruby that can run the app. Its message says what was looked for, where, and what to do. */
export class RubyError extends Error {
  override readonly name = "RubyError";
  readonly code = "ERR_RUBY";
}

/** ERB that does not render. Its message is one line that says which file, where in it, and why. */
export class ErbError extends Error {
  override readonly name = "ErbError";
  readonly code = "ERR_ERB";
}
