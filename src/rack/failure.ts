/** A Ruby exception, as the worker tells it. */
export interface Failure {
  readonly className: string;
  readonly message: string;
  /** Lines as Ruby writes them: `file:line:in 'method'`; causes stand among them. */
  readonly backtrace: readonly string[];
}

/** Reads the fields of a failure. */
export function failureOf([
  className = "",
  message = "",
  ...backtrace
]: readonly string[]): Failure {
  return { className, message, backtrace };
}

/** A place in a source file. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

/** The place that a line of a backtrace, or the message of a syntax error, begins with. */
export function placeOf(text: string): Place | undefined {
  const found = /^(.+?):(\d+)(?::|$)/m.exec(text);
  return found ? { file: found[1] as string, line: Number(found[2]) } : undefined;
}

/** `message (Class) at file:line`: a failure in one line, more or less. */
export function describe({ className, message, backtrace }: Failure): string {
  const place = placeOf(message) === undefined ? placeOf(backtrace[0] ?? "") : undefined;
  return `${message} (${className})${place ? ` at ${place.file}:${place.line}` : ""}`;
}
