import { accessSync, constants } from "node:fs";
import { StringDecoder } from "node:string_decoder";
import { FileTail } from "../unix/index.ts";
import { BLUEPILL_EXIT, BluepillError } from "./bluepill-error.ts";

const LINES_BEFORE = 100;
const LOOK_MS = 250;
/** A daemon that makes room for another is gone for a moment. */
const GONE_MS = 3_000;

/** Which lines of which log are asked for. */
export interface AskedLog {
  readonly path: string;
  readonly app: string;
  /** A process, a group, or `group:process`. */
  readonly target: string | undefined;
  /** Whether anybody writes to it any more. */
  readonly isAlive: () => boolean;
}

/**
 * Prints what a log has of an application, or of one target in it, and goes on as it grows, also when it is rotated.
 * Resolves when it is interrupted, when nobody reads any more, and when the daemon has ended. Throws BluepillError when
 * there is no such log.
 */
export async function followLog({ path, app, target, isAlive }: AskedLog): Promise<number> {
  mustBeReadable(path);
  console.log(`Tailing log for ${target ?? app}...`);
  const isMeant = about(app, target);
  const lines = new LinesOf((line) => (isMeant(line) ? `${line}\n` : ""));
  const tail: FileTail = new FileTail(
    path,
    (bytes) => {
      if (process.stdout.write(lines.push(bytes))) return;
      tail.pause();
      process.stdout.once("drain", () => tail.resume());
    },
    LINES_BEFORE,
  );
  await untilOver(isAlive);
  tail.close();
  return BLUEPILL_EXIT.ok;
}

function mustBeReadable(path: string): void {
  try {
    accessSync(path, constants.R_OK);
  } catch (cause) {
    const why =
      (cause as NodeJS.ErrnoException).code === "ENOENT" ? "is not there" : "is not yours to read";
    const message = `The log ${path} ${why}. Name the one that is meant: bluepill log -l FILE`;
    throw new BluepillError(message, BLUEPILL_EXIT.failed, cause);
  }
}

function untilOver(isAlive: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    let seenMs = performance.now();
    const timer = setInterval(() => {
      if (isAlive()) seenMs = performance.now();
      else if (performance.now() - seenMs > GONE_MS) over();
    }, LOOK_MS);
    const over = (): void => {
      clearInterval(timer);
      resolve();
    };
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, over);
    process.stdout.once("error", over);
  });
}

/** Bytes in, whole lines out, each as `shown` has it. */
class LinesOf {
  readonly #shown: (line: string) => string;
  readonly #decoder = new StringDecoder("utf8");
  #rest = "";

  constructor(shown: (line: string) => string) {
    this.#shown = shown;
  }

  push(bytes: Buffer): string {
    const lines = `${this.#rest}${this.#decoder.write(bytes)}`.split("\n");
    this.#rest = lines.pop() ?? "";
    return lines.map(this.#shown).join("");
  }
}

/**
 * A target is a group, `group:name`, or a name in any group: `[app:group:name]` is what records begin with. Lines that
 * are no beginning of one belong to the one before.
 */
function about(app: string, target: string | undefined): (line: string) => boolean {
  let isMeant = false;
  return (line) => {
    const names = namesIn(line);
    if (names !== undefined) isMeant = names[0] === app && isTarget(names.slice(1, 3), target);
    return isMeant;
  };
}

function isTarget(names: readonly string[], target: string | undefined): boolean {
  return target === undefined || names.includes(target) || names.join(":") === target;
}

/** `I, [2026-… #42]  INFO -- : [app:group:name] …`, and `… bluepilld[42]: [app:name] …` in a log of syslog's. */
function namesIn(line: string): readonly string[] | undefined {
  const [, names] =
    /^[A-Z], \[[^\]]*\] +[A-Z]+ -- : \[([^\]]+)\]/.exec(line) ??
    /bluepilld\[\d+\]: \[([^\]]+)\]/.exec(line) ??
    [];
  return names?.split(":");
}
