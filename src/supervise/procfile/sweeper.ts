import { type ChildProcess, spawn } from "node:child_process";

/**
 * Remembers pids; when its input ends, asks those processes with their groups to end, and what carries the mark, wherever
 * it has gone; ends by force what is left after so many tenths of a second, and removes the folder.
 */
const SCRIPT = `
trap '' HUP INT QUIT USR1 USR2 TERM TTIN TTOU
pids=
while read -r order pid; do
  if [ "$order" = + ]; then pids="$pids $pid"; continue; fi
  left=
  for one in $pids; do [ "$one" = "$pid" ] || left="$left $one"; done
  pids=$left
done
marked() {
  for file in $(grep -lsF "$2" /proc/[0-9]*/environ); do
    one=\${file#/proc/}
    kill -s "$1" -- "\${one%/environ}"
  done
}
all() {
  found=1
  for one in $pids; do
    kill -s "$1" -- "-$one" && found=0
    kill -s "$1" -- "$one" && found=0
  done
  marked "$1" "$2" && [ -n "$file" ] && found=0
  file=
  return $found
}
tenths=$3
all TERM "$2"
while [ "$tenths" -gt 0 ] && all 0 "$2"; do sleep 0.1; tenths=$((tenths - 1)); done
all KILL "$2"
rm -rf "$1"
`;

export interface SweeperOptions {
  /** Ours, to be removed. */
  readonly folder: string;
  /** What the environment of every process of ours has in it, and of nobody else's. */
  readonly mark: string;
  /** How long processes have between TERM and KILL. */
  readonly timeoutMs: number;
}

/** A shell that outlives us, also when we are killed, so that no process of the Procfile does. */
export class Sweeper {
  readonly #shell: ChildProcess;

  constructor({ folder, mark, timeoutMs }: SweeperOptions) {
    const { PATH: path = "/usr/bin:/bin" } = process.env;
    const tenths = String(Math.ceil(timeoutMs / 100));
    this.#shell = spawn("/bin/sh", ["-c", SCRIPT, "gossamer-sweeper", folder, mark, tenths], {
      detached: true,
      stdio: ["pipe", "ignore", "ignore"],
      env: { PATH: path },
      cwd: "/",
    });
    // Without its shell only a kill -9 leaves something behind.
    this.#shell.on("error", () => {});
    this.#shell.stdin?.on("error", () => {});
    this.#shell.unref();
    const pipe = this.#shell.stdin as unknown as { unref?: () => void } | null;
    pipe?.unref?.();
  }

  /** This process, and the group of that number, are to end with us. */
  watch(pid: number): void {
    this.#shell.stdin?.write(`+ ${pid}\n`);
  }

  /** It has ended; its number may be somebody else's soon. */
  forget(pid: number): void {
    this.#shell.stdin?.write(`- ${pid}\n`);
  }

  /** Lets it go: it sweeps what is left, which should be the folder. */
  close(): void {
    this.#shell.stdin?.end();
  }
}
