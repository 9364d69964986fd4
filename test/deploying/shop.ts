import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { createServer } from "node:net";
import { dirname, join, resolve } from "node:path";
import type { TestContext } from "node:test";
import { descendants, isAlive, until, untilGone } from "../harness/processes.ts";
import { type Owner, type Started, startCommand } from "../harness/server.ts";
import type { Where } from "../server/ask.ts";
import { block } from "./page.ts";

const BIN = resolve(import.meta.dirname, "../../bin");

const PATHS = /PATH=\/usr\/local\/bin:|\/usr\/local\/bin\/|(?<![\w.])\/(?:srv|etc|tmp)\//g;

/** How commands of a block went. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The machine of docs/DEPLOYING-LIKE-THIN.md in a folder of its own: what the page has in `/srv` and `/etc` is in there. */
export class Shop {
  readonly root: string;
  /** What else has to be somewhere else than the page says: its words, and ours. */
  readonly #instead: readonly (readonly [string, string])[];
  /** Beginnings of paths that are where the page has them. */
  readonly #real: readonly string[];
  readonly #cleanups: (() => Promise<void>)[] = [];
  readonly #owner: Owner;

  private constructor(
    t: TestContext,
    root: string,
    instead: Readonly<Record<string, string>>,
    real: readonly string[],
  ) {
    this.root = root;
    this.#instead = Object.entries(instead);
    this.#real = real;
    this.#owner = {
      after: (clean) => void this.#cleanups.unshift(clean),
      diagnostic: (text) => t.diagnostic(text),
      get passed() {
        return (t as Owner).passed !== false;
      },
    };
    // Whoever watches over the servers goes before them.
    this.#owner.after(() => rm(root, { recursive: true, force: true }));
    this.#owner.after(() => this.#endAll());
    t.after(async () => {
      for (const clean of this.#cleanups) await clean();
    });
  }

  /**
   * With `current` being a release that has this config.ru; without one there is no release yet. Paths that begin as one
   * of `real` stay where the page has them, and are for who opens the shop to remove.
   */
  static async open(
    t: TestContext,
    rackup?: string,
    instead: Readonly<Record<string, string>> = {},
    real: readonly string[] = [],
  ): Promise<Shop> {
    const shop = new Shop(t, await mkdtemp("/tmp/gsm-"), instead, real);
    for (const name of ["log", "pids", "sockets"]) {
      await mkdir(shop.path(`/srv/shop/shared/${name}`), { recursive: true });
    }
    await mkdir(shop.path("/tmp"));
    if (rackup === undefined) return shop;
    await shop.write("/srv/shop/releases/1/config.ru", rackup);
    await symlink("releases/1", shop.path("/srv/shop/current"));
    return shop;
  }

  /** Where a path of the page is. */
  path(name: string): string {
    return this.#isReal(name) ? name : join(this.root, name);
  }

  /** A text of the page, with its paths where they are here. */
  here(text: string): string {
    // In one go, as a path of ours may begin like one of the page's.
    const moved = text.replace(PATHS, (path, at: number) => {
      if (this.#isReal(text.slice(at))) return path;
      if (path.startsWith("PATH=")) return `PATH=${BIN}:${dirname(process.execPath)}:`;
      return path === "/usr/local/bin/" ? `${BIN}/` : this.root + path;
    });
    return this.#instead.reduce((all, [from, to]) => all.replaceAll(from, to), moved);
  }

  /** Writes the block of this name where the page has it. */
  async put(name: string): Promise<void> {
    await this.write(name, this.here(block(name)));
  }

  async write(name: string, text: string, mode = 0o644): Promise<void> {
    await mkdir(dirname(this.path(name)), { recursive: true });
    await writeFile(this.path(name), text, { mode });
  }

  /** Runs commands as a shell does, up to the first that fails. */
  async sh(text: string, env: NodeJS.ProcessEnv = {}, folder = "/"): Promise<Ran> {
    const cwd = this.path(folder);
    const shell = this.start("sh", ["-ec", this.here(text)], { env, cwd });
    const { code } = await shell.exited;
    return { code, stdout: shell.stdout(), stderr: shell.stderr() };
  }

  /** Starts a command that ends with the test, before the servers do. */
  start(
    command: string,
    words: readonly string[],
    { env = {}, cwd = this.root }: { readonly env?: NodeJS.ProcessEnv; readonly cwd?: string } = {},
  ): Started {
    const own = { TMPDIR: this.path("/tmp"), ...env };
    return startCommand(this.#owner, command, words, { cwd, env: own });
  }

  /** Where the server of this number listens. */
  at(member: number): Where {
    return { port: 0, socketPath: this.path(`/srv/shop/shared/sockets/thin.${member}.sock`) };
  }

  /** What the pid file says; NaN without one. */
  async pid(member?: number): Promise<number> {
    const name = member === undefined ? "thin.pid" : `thin.${member}.pid`;
    const text = await readFile(this.path(`/srv/shop/shared/pids/${name}`), "utf8").catch(() => "");
    return Number.parseInt(text, 10);
  }

  /** Resolves with the pid in the file once a server of another one than `old` runs. */
  async untilOther(old: number, member?: number): Promise<number> {
    let pid = Number.NaN;
    await until(
      async () => {
        pid = await this.pid(member);
        return pid > 0 && pid !== old && (await isAlive(pid));
      },
      60_000,
      () => `nobody follows ${old}; the pid file says ${pid}`,
    );
    return pid;
  }

  /** The pids of the servers that run in a folder of ours, by their titles. */
  async servers(): Promise<readonly number[]> {
    const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
    const found = await Promise.all(pids.map((pid) => this.#isServer(pid)));
    return pids.filter((_, index) => found[index]);
  }

  /** The pids of all that was started from here, and of what that has started: it has our folder for temporary files. */
  async family(): Promise<readonly number[]> {
    const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
    const found = await Promise.all(pids.map((pid) => this.#isOurs(pid)));
    return pids.filter((_, index) => found[index]);
  }

  async #isOurs(pid: number): Promise<boolean> {
    const environment = await readFile(`/proc/${pid}/environ`, "latin1").catch(() => "");
    return environment.includes(`TMPDIR=${this.path("/tmp")}\0`) && (await isAlive(pid));
  }

  #isReal(name: string): boolean {
    return this.#real.some((beginning) => name.startsWith(beginning));
  }

  async #isServer(pid: number): Promise<boolean> {
    const title = await readFile(`/proc/${pid}/cmdline`, "latin1").catch(() => "");
    const folder = await readlink(`/proc/${pid}/cwd`).catch(() => "");
    return (
      title.startsWith("thin server (") && folder.startsWith(this.root) && (await isAlive(pid))
    );
  }

  /** Again and again, as who watches over servers may just be starting one. */
  async #endAll(): Promise<void> {
    for (;;) {
      const pids = [...new Set([...(await this.family()), ...(await this.servers())])];
      if (pids.length === 0) return;
      const below = await Promise.all(pids.map(descendants));
      for (const pid of pids) killIfThere(pid);
      await untilGone([...pids, ...below.flat()]);
    }
  }
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It went by itself in the meantime.
  }
}

/** The first of `count` ports in a row that nobody has. */
export async function freePorts(count: number): Promise<number> {
  for (;;) {
    const first = 20_000 + Math.floor(Math.random() * 10_000);
    const ports = Array.from({ length: count }, (_, index) => first + index);
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) return first;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.on("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

/** An app that answers every request with this. */
export function saying(text: string): string {
  return `run ->(_) { [200, { "content-type" => "text/plain" }, ["${text}"]] }`;
}
