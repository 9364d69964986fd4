import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { type Exit, startChild } from "../../src/unix/index.ts";
import { descendants, until, untilGone } from "./processes.ts";

const BIN = resolve(import.meta.dirname, "../../bin");
const PATIENCE_MS = 30_000;

/** A server of ours at work: the built command, in a process of its own. */
export interface RunningServer {
  /** `http://127.0.0.1:PORT`; "" on a UNIX socket. */
  readonly url: string;
  readonly port: number;
  /** "" on TCP. */
  readonly socketPath: string;
  readonly pid: number;
  /** Everything below the front at this moment. */
  children(): Promise<readonly number[]>;
  stdout(): string;
  stderr(): string;
  /** The first line, of what is said or will be, that matches; its match. */
  waitForLine(pattern: RegExp, withinMs?: number): Promise<RegExpExecArray>;
  signal(name: NodeJS.Signals): void;
  /** Stops gracefully; resolves with how it ended, once nothing of it is left. */
  stop(): Promise<Exit>;
  readonly exited: Promise<Exit>;
}

export interface ServeOptions {
  /** The app's folder, or a rackup file in it. */
  readonly app: string;
  /** More options of the command. Without one that says where to listen, a free port is taken. */
  readonly args?: readonly string[];
  /** On top of ours, from which nothing leaks in that would change the server. */
  readonly env?: NodeJS.ProcessEnv;
  readonly command?: "gossamer" | "thin";
}

/** What a server belongs to: a test, or whatever else tidies up after itself. */
export interface Owner {
  after(clean: () => Promise<void>): void;
  diagnostic(text: string): void;
  /** Node 20.12 and newer know how a test went, which the types of Node 20 do not. */
  readonly passed?: boolean;
}

/** Starts a server; resolves once it listens. It is killed with all its children when the test ends. */
export async function serve(t: Owner, options: ServeOptions): Promise<RunningServer> {
  const server = start(t, options);
  const [, where = ""] = await server.waitForLine(/Listening on (\S+?)[,"]?(?: |$)/m);
  const port = Number(/:(\d+)$/.exec(where)?.[1] ?? 0);
  const socketPath = port === 0 ? where.replace(/^unix:/, "") : "";
  const url = port === 0 ? "" : `http://127.0.0.1:${port}`;
  return { ...server, port, socketPath, url };
}

/** A process that may become a server. */
export type Started = Omit<RunningServer, "url" | "port" | "socketPath">;

/** Starts a server that need not come up: for what goes wrong before it listens. */
export function start(t: Owner, options: ServeOptions): Started {
  const { command = "gossamer", env = {} } = options;
  return startCommand(t, process.execPath, [join(BIN, `${command}.mjs`), ...wordsOf(options)], {
    env,
  });
}

/** Starts a command as somebody types it, with our commands before all others of their names. */
export function startCommand(
  t: Owner,
  command: string,
  words: readonly string[],
  { env = {}, cwd = process.cwd() }: { readonly env?: NodeJS.ProcessEnv; readonly cwd?: string },
): Started {
  const child = startChild(command, words, {
    cwd,
    env: { ...plainEnvironment(), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said = { stdout: "", stderr: "" };
  let hasExited = false;
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    said.stdout += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    said.stderr += text;
  });
  void child.exited.then(() => {
    hasExited = true;
  });
  const pid = child.pid ?? 0;
  const everything = (): string => `${said.stdout}${said.stderr}`;
  t.after(async () => {
    if (t.passed === false) t.diagnostic(`the server said:\n${everything()}`);
    const pids = hasExited ? [] : [pid, ...(await descendants(pid))];
    for (const one of pids) if (!(await isSweeper(one))) killIfThere(one);
    await untilGone(pids);
  });
  return {
    pid,
    children: () => descendants(pid),
    stdout: () => said.stdout,
    stderr: () => said.stderr,
    async waitForLine(pattern, withinMs = PATIENCE_MS) {
      const seen = (): RegExpExecArray | null => pattern.exec(everything());
      await until(
        () => seen() !== null || hasExited,
        withinMs,
        () => `no line like ${pattern} in:\n${everything()}`,
      );
      const found = seen();
      if (found === null)
        throw new Error(`It ended without a line like ${pattern}:\n${everything()}`);
      return found;
    },
    signal: (name) => void child.kill(name),
    async stop() {
      const below = await descendants(pid);
      child.kill("SIGTERM");
      const exit = await child.exited;
      await untilGone(below);
      return exit;
    },
    exited: child.exited,
  };
}

/** A folder with this `config.ru` in it, removed when the test ends. */
export async function appFolder(t: Owner, rackup: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "gossamer-app-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, "config.ru"), rackup);
  return folder;
}

const SAYS_WHERE = /^(-[lpSa]|--(listen|port|socket|address)(=|$))/;

function wordsOf({ command = "gossamer", app, args = [] }: ServeOptions): readonly string[] {
  const isFile = /\.r[ub]$/.test(app);
  const folder = isFile ? dirname(app) : app;
  const rackup = isFile ? ["-R", resolve(app)] : [];
  const where = args.some((word) => SAYS_WHERE.test(word)) ? [] : ["-p", "0"];
  const local = command === "thin" && where.length > 0 ? ["-a", "127.0.0.1"] : [];
  const verb = command === "thin" ? "start" : "serve";
  return [verb, "-c", resolve(folder), ...rackup, ...local, ...where, ...args];
}

/** Our environment without what would change a server or a Ruby. */
function plainEnvironment(): NodeJS.ProcessEnv {
  const names = /^(GOSSAMER_|BUNDLE|RUBY|GEM_|RACK_ENV|RAILS_ENV|LISTEN_|NOTIFY_SOCKET|NODE_)/;
  const own = Object.entries(process.env).filter(([name]) => !names.test(name));
  return { ...Object.fromEntries(own), PATH: `${BIN}${delimiter}${process.env["PATH"]}` };
}

/** The shell that removes what a killed front leaves, and then ends by itself. */
async function isSweeper(pid: number): Promise<boolean> {
  const words = await readFile(`/proc/${pid}/cmdline`, "latin1").catch(() => "");
  return words.includes("\0gossamer-sweeper\0");
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It went by itself in the meantime.
  }
}
