/** The app could not be loaded. The message says what, with file and line where Ruby told. */
export class LoadError extends Error {
  override readonly name = "LoadError";
  readonly code = "LOAD_FAILED";
}

/** A worker left before it was ready, for another reason than the app's. */
export class WorkerStartError extends Error {
  override readonly name = "WorkerStartError";
  readonly code = "WORKER_START_FAILED";
}
