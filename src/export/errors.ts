/** Something that cannot be said in another's format. Its message is one line that says what and what to do. */
export class ExportError extends Error {
  override readonly name = "ExportError";
  readonly code = "ERR_EXPORT";
}
