import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { FolderLock, PidFile } from "../unix/index.ts";

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
  async applications(): Promise<readonly string[]> {
    const sockets = readdirSync(join(this.path, "socks")).filter((name) => name.endsWith(".sock"));
    const names = sockets.map((name) => name.slice(0, -".sock".length)).sort();
    const dead = names.filter((name) => this.daemonOf(name) === undefined);
    if (dead.length > 0) await this.#sweep(dead);
    return names.filter((name) => this.daemonOf(name) !== undefined);
  }

  /**
   * Keeps other loads away until it is released. Resolves with undefined when another is at work for longer than
   * `timeoutMs`.
   */
  async lock(timeoutMs: number): Promise<FolderLock | undefined> {
    return await FolderLock.acquire(join(this.path, "pids"), timeoutMs);
  }

  /** Throws what the system says when no file can be written here: no daemon could begin, and none should have to go. */
  mustTakeFiles(): void {
    const path = join(this.path, "pids", `.try-${process.pid}`);
    try {
      writeFileSync(path, String(process.pid), { flag: "wx", mode: 0o600 });
    } finally {
      rmSync(path, { force: true });
    }
  }

  socketOf(app: string): string {
    return join(this.path, "socks", `${app}.sock`);
  }

  /** Where processes of an application say how they are. */
  noticesOf(app: string): string {
    return join(this.path, "socks", `${app}.notify`);
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

  /** The daemon of an application; undefined when none runs. A number that was given out again is not believed. */
  daemonOf(app: string): number | undefined {
    const isDaemon = (command: string): boolean => command.startsWith("bluepilld");
    const state = new PidFile(this.pidFileOf(app)).state(isDaemon);
    return state.kind === "running" ? state.pid : undefined;
  }

  /** Nobody loads meanwhile: what looks dead may be a daemon that has just begun. */
  async #sweep(names: readonly string[]): Promise<void> {
    const lock = await this.lock(SWEEP_MS);
    if (lock === undefined) return;
    for (const name of names.filter((one) => this.daemonOf(one) === undefined)) {
      rmSync(this.socketOf(name), { force: true });
      rmSync(this.pidFileOf(name), { force: true });
    }
    lock.release();
  }
}

/** So long may another one load before what is dead is left where it is. */
const SWEEP_MS = 1_000;

/** The base that `given` names, else the environment, else the system's for root and the user's own for others. */
export function baseOf(given: string | undefined, env: NodeJS.ProcessEnv): BluepillBase {
  const usual =
    process.geteuid?.() === 0 ? "/var/run/bluepill" : join(env["HOME"] ?? homedir(), ".bluepill");
  return new BluepillBase(resolve(given ?? env["BLUEPILL_BASE_DIR"] ?? usual));
}
