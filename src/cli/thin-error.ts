/** What Thin would answer to a command line that it cannot follow. */
export class ThinError extends Error {
  override readonly name = "ThinError";
}
