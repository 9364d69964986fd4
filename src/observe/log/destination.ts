import sonicBoom, { type SonicBoom } from "sonic-boom";

/** Where lines go. Each is written before `write` returns, so that none is lost at an exit. */
export interface Destination {
  write(text: string): void;
  /** Opens the file anew, after it was moved away; nothing to do for standard output. */
  reopen(): void;
  close(): void;
}

const STDOUT = 1;

/** The log cannot be written. */
class LogError extends Error {
  override readonly name = "LogError";

  constructor(file: string, cause: NodeJS.ErrnoException) {
    const why = REASONS[cause.code ?? ""] ?? cause.message;
    super(`Cannot write the log ${file}: ${why}. Name another with --log FILE.`, { cause });
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EEXIST: "its folder is a file",
  EISDIR: "it is a folder",
  ENOENT: "there can be no such file",
  ENOTDIR: "its folder is a file",
  EROFS: "the file system is read-only",
};

/** Opens `file` to append to, making its folder; standard output when there is none. Throws LogError when it cannot. */
export function openDestination(file: string | undefined): Destination {
  const stream = open(file);
  // A log that nobody can take any more (EPIPE, a full disk) must not end the server.
  stream.on("error", () => {});
  return {
    write: (text) => {
      if (text !== "") stream.write(text);
    },
    reopen: () => {
      if (file !== undefined) stream.reopen();
    },
    close: () => {
      stream.flushSync();
      if (file !== undefined) stream.end();
    },
  };
}

function open(file: string | undefined): SonicBoom {
  if (file === undefined) return new sonicBoom.SonicBoom({ fd: STDOUT, sync: true });
  try {
    return new sonicBoom.SonicBoom({ dest: file, mkdir: true, sync: true });
  } catch (error) {
    throw new LogError(file, error as NodeJS.ErrnoException);
  }
}
