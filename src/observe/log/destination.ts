import sonicBoom from "sonic-boom";

/** Where lines go. Each is written before `write` returns, so that none is lost at an exit. */
export interface Destination {
  write(text: string): void;
  /** Opens the file anew, after it was moved away; nothing to do for standard output. */
  reopen(): void;
  close(): void;
}

const STDOUT = 1;

/** Opens `file` to append to, making its folder; standard output when there is none. Throws when it cannot. */
export function openDestination(file: string | undefined): Destination {
  const stream = new sonicBoom.SonicBoom({
    ...(file === undefined ? { fd: STDOUT } : { dest: file, mkdir: true }),
    sync: true,
  });
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
