/** A Procfile, a formation or a name that makes no sense. Its message is one line that says where and what to do. */
export class ProcfileError extends Error {
  override readonly name = "ProcfileError";
  readonly code = "ERR_PROCFILE";
}
