import { type ChildProcess, spawn } from "node:child_process";

/** Remembers pids; when its input ends, ends those processes with their groups, and removes the folder. */
const SCRIPT = `
trap '' HUP INT QUIT USR1 USR2 TERM TTIN TTOU
pids=
while read -r order pid; do
  if [ "$order" = + ]; then pids="$pids $pid"; continue; fi
  left=
  for one in $pids; do [ "$one" = "$pid" ] || left="$left $one"; done
  pids=$left
done
for one in $pids; do kill -s KILL -- "-$one"; kill -s KILL -- "$one"; done
rm -rf "$1"
`;

/**
 * A shell that outlives us to clean up after us. Ruby processes notice the front's end by themselves; this is for the
 * one that cannot because a C call holds its GVL, and for the folder with the socket. It does the same on every
 * system, where PR_SET_PDEATHSIG is Linux', and would end the workers of a mold that died alone. It starts with the
 * first process that it is to watch, so that it has no rights that the front has given up before that.
 */
export class Sweeper {
  readonly #folder: string;
  #shell: ChildProcess | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** From now on the folder ends with us. */
  start(): ChildProcess {
    this.#shell ??= this.#start();
    return this.#shell;
  }

  /** This process is to end with us, too. */
  watch(pid: number): void {
    this.start().stdin?.write(`+ ${pid}\n`);
  }

  /** This process has ended; its pid may be somebody else's soon. */
  forget(pid: number): void {
    this.#shell?.stdin?.write(`- ${pid}\n`);
  }

  /** Lets it go: there is nothing left to sweep but the folder. */
  close(): void {
    this.#shell?.stdin?.end();
  }

  #start(): ChildProcess {
    const { PATH: path = "/usr/bin:/bin" } = process.env;
    const shell = spawn("/bin/sh", ["-c", SCRIPT, "gossamer-sweeper", this.#folder], {
      detached: true,
      stdio: ["pipe", "ignore", "ignore"],
      env: { PATH: path },
      cwd: "/",
    });
    // Without its shell the Ruby processes still watch their lifelines.
    shell.on("error", () => undefined);
    shell.stdin?.on("error", () => undefined);
    shell.unref();
    const pipe = shell.stdin as unknown as { unref?: () => void } | null;
    pipe?.unref?.();
    return shell;
  }
}
