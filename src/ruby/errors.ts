/** No Ruby that can run the app. Its message says what was looked for, where, and what to do. */
export class RubyError extends Error {
  override readonly name = "RubyError";
  readonly code = "ERR_RUBY";
}
