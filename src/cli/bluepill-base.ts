import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { isRunning } from "../unix/index.ts";

/** The folder in which daemons of bluepill are found: a socket, a pid file and a journal for each application. */
export class BluepillBase {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Makes its folders, for us alone. Throws what the system says when it cannot. */
  prepare(): void {
    for (const folder of ["socks", "pids", "journals"]) {
      mkdirSync(join(this.path, folder), { recursive: true, mode: 0o755 });
    }
  }

  /** The names of the applications that run. What dead daemons have left is removed. */
  applications(): readonly string[] {
    const sockets = readdirSync(join(this.path, "socks")).filter((name) => name.endsWith(".sock"));
    const names = sockets.map((name) => name.slice(0, -".sock".length)).sort();
    return names.filter((name) => {
      const pid = this.daemonOf(name);
      if (pid !== undefined && isRunning(pid)) return true;
      rmSync(this.socketOf(name), { force: true });
      rmSync(this.pidFileOf(name), { force: true });
      return false;
    });
  }

  socketOf(app: string): string {
    return join(this.path, "socks", `${app}.sock`);
  }

  pidFileOf(app: string): string {
    return join(this.path, "pids", `${app}.pid`);
  }

  /** Where pid files of an application's processes are, unless the pill says otherwise. */
  pidFolderOf(app: string): string {
    return join(this.path, "pids", app);
  }

  journalOf(app: string): string {
    return join(this.path, "journals", `${app}.json`);
  }

  /** The number in an application's pid file; undefined when there is none. */
  daemonOf(app: string): number | undefined {
    try {
      const pid = Number(readFileSync(this.pidFileOf(app), "utf8").trim());
      return Number.isInteger(pid) && pid > 0 ? pid : undefined;
    } catch {
      // None has been written, or it is somebody else's: then there is no daemon for us.
      return undefined;
    }
  }
}

/** The base that `given` names, else the environment, else the system's for root and the user's own for others. */
export function baseOf(given: string | undefined, env: NodeJS.ProcessEnv): BluepillBase {
  const usual =
    process.geteuid?.() === 0 ? "/var/run/bluepill" : join(env["HOME"] ?? homedir(), ".bluepill");
  return new BluepillBase(resolve(given ?? env["BLUEPILL_BASE_DIR"] ?? usual));
}
