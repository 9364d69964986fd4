import type { Place } from "../description.ts";

/** Why there is nothing to supervise, and the exit code that `bluepill load` has for it. */
const EXIT_CODES = {
  /** There is no such file, or it cannot be read. */
  ERR_PILL_FILE: 1,
  /** The pill says what cannot be. */
  ERR_PILL_CONFIG: 6,
  /** A line of the pill raised. */
  ERR_PILL_RUBY: 1,
  /** The pill was still running when its time was up. */
  ERR_PILL_TIMEOUT: 1,
  /** The pill ended its Ruby before it was read. */
  ERR_PILL_ENDED: 1,
} as const;

export type PillErrorCode = keyof typeof EXIT_CODES;

/** A pill that cannot be loaded. Its message says what, where and, with bluepill's own words where it has them, why. */
export class PillError extends Error {
  override readonly name = "PillError";
  readonly code: PillErrorCode;
  readonly exitCode: number;
  readonly place: Place | undefined;
  /** Lines of Ruby's, for `--debug`. */
  readonly backtrace: readonly string[];

  constructor(code: PillErrorCode, message: string, more: PillErrorDetails = {}) {
    super(message, more.cause === undefined ? {} : { cause: more.cause });
    this.code = code;
    this.exitCode = more.exitCode ?? EXIT_CODES[code];
    this.place = more.place;
    this.backtrace = more.backtrace ?? [];
  }
}

interface PillErrorDetails {
  readonly place?: Place | undefined;
  readonly backtrace?: readonly string[];
  /** What the pill itself chose. */
  readonly exitCode?: number;
  readonly cause?: unknown;
}

/** A check or a trigger of the pill's own gave no answer. */
export class PillHostError extends Error {
  override readonly name = "PillHostError";
  readonly code = "ERR_PILL_HOST";
}
