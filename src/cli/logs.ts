import { writeSync } from "node:fs";
import { resolve } from "node:path";
import type { Settings } from "../config/index.ts";
import { type Emit, systemClock } from "../kit/index.ts";
import {
  AccessLog,
  type AnyFact,
  accessFormat,
  type Destination,
  type Format,
  logTo,
  openDestination,
} from "../observe/index.ts";
import type { Identity } from "../unix/index.ts";

/** What of a run decides where its lines go, and how they look. */
export interface LogOptions {
  readonly settings: Pick<Settings, "accessLog" | "accessLogFormat">;
  readonly format: Format;
  /** Absolute; undefined for standard output. */
  readonly log: string | undefined;
  /** What a relative path is relative to. */
  readonly directory: string;
  /** A daemon has no standard output but its log. */
  readonly isDaemon: boolean;
}

const STDERR = 2;

/** The log of a run, and its access log if there is one. */
export class Logs {
  /** Where facts become lines: each request's in the access log, all others in the log. */
  readonly emit: Emit<AnyFact>;
  readonly #log: Destination;
  /** Undefined where it is the log. */
  readonly #ownAccess: Destination | undefined;
  readonly #access: AccessLog | undefined;

  /** Opens them. Throws LogError. */
  constructor({ settings, format, log, directory, isDaemon }: LogOptions) {
    this.#log = openDestination({ file: log, option: "--log" }, (fact) =>
      sayElsewhere(fact, format),
    );
    const write = logTo(this.#log, format, systemClock);
    this.emit = write;
    const { accessLog, accessLogFormat } = settings;
    if (accessLog === undefined) return;
    const isStdout = accessLog === "-";
    if (!isStdout || (log !== undefined && !isDaemon)) {
      const file = isStdout ? undefined : resolve(directory, accessLog);
      this.#ownAccess = openDestination({ file, option: "--access-log" }, write);
    }
    const access = new AccessLog(
      this.#ownAccess ?? this.#log,
      accessFormat(accessLogFormat),
      systemClock,
    );
    this.#access = access;
    this.emit = (fact) => (fact.type === "request-ended" ? access.add(fact) : write(fact));
    process.on("exit", this.#flush);
  }

  /** Who we are going to be is to open them anew. */
  giveTo({ uid, gid }: Identity): void {
    this.#log.giveTo(uid, gid);
    this.#ownAccess?.giveTo(uid, gid);
  }

  /** Opens them anew, after they were moved away; false where the log could not be. */
  reopen(): boolean {
    this.#access?.flush();
    this.#ownAccess?.reopen();
    return this.#log.reopen();
  }

  close(): void {
    process.off("exit", this.#flush);
    this.#access?.flush();
    this.#ownAccess?.close();
    this.#log.close();
  }

  /** However this process ends, what waits goes out. */
  readonly #flush = (): void => {
    this.#access?.flush();
  };
}

/** The log cannot tell of its own troubles. */
function sayElsewhere(fact: AnyFact, format: Format): void {
  try {
    writeSync(STDERR, format(fact, systemClock.wallMs()));
  } catch {
    // There is nowhere left to say it.
  }
}
