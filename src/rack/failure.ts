import { fileURLToPath } from "node:url";

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

const OUR_RUBY = fileURLToPath(new URL("../../ruby/", import.meta.url));
/** Ruby's own library, RubyGems, and what they have installed. */
const LIBRARY = /\/gems\/|\/rubygems\/|\/lib\/ruby\/|^<internal:/;

/** The first place of a backtrace that is not in our own Ruby, be it in a gem or in Ruby itself. */
export function placeOutside(lines: readonly string[]): Place | undefined {
  const other = lines.find((line) => !line.startsWith(OUR_RUBY));
  return other === undefined ? undefined : placeOf(other);
}

/** The first place of a backtrace that is in the app: neither in a gem nor in Ruby nor in our own Ruby. */
export function ownPlaceOf(lines: readonly string[]): Place | undefined {
  const own = lines.find((line) => !LIBRARY.test(line) && !line.startsWith(OUR_RUBY));
  return own === undefined ? undefined : placeOf(own);
}
