import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { gemsAt } from "../apps/served.ts";
import { descendants, isAlive, until, untilGone } from "../harness/processes.ts";
import { type Owner, type Started, startCommand } from "../harness/server.ts";

/** A bundle with our gem in it. */
export type Bundle = "rackup-2" | "rackup-3" | "rails-thin";

/** A Ruby process that serves by our gem. */
export interface RubyServer extends Started {
  readonly port: number;
  readonly socketPath: string;
  /** The Node process below it. */
  readonly front: number;
  /** What is left in the folder for temporary files that it was given. */
  leftovers(): Promise<readonly string[]>;
}

export interface RubyCommand {
  readonly bundle: Bundle;
  /** What `bundle exec` runs. */
  readonly words: readonly string[];
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** Runs a command of Ruby's in a bundle. */
export function startRuby(t: Owner, { bundle, words, cwd, env }: RubyCommand): Started {
  return startCommand(t, "bundle", ["exec", ...words], {
    cwd,
    env: { ...gemsAt(gemfileOf(bundle)), ...env },
  });
}

/** The same for one that is to serve; resolves once it does. */
export async function serveRuby(t: Owner, command: RubyCommand): Promise<RubyServer> {
  const temporary = await scratchFolder(t);
  const started = startRuby(t, { ...command, env: { ...command.env, TMPDIR: temporary } });
  const [, where = ""] = await started.waitForLine(/Listening on (\S+), CTRL\+C to stop/, 60_000);
  const port = Number(/:(\d+)$/.exec(where)?.[1] ?? 0);
  const front = await frontOf(started.pid);
  return {
    ...started,
    port,
    socketPath: port === 0 ? where : "",
    front,
    leftovers: async () => (await readdir(temporary)).filter((name) => /^gossamer-/.test(name)),
  };
}

/** Serves by a script of Ruby's, in a folder of its own. */
export async function serveScript(
  t: Owner,
  script: string,
  env: NodeJS.ProcessEnv = {},
): Promise<RubyServer & { readonly cwd: string }> {
  const cwd = await scriptFolder(t, script);
  const words = ["ruby", "script.rb"];
  return { ...(await serveRuby(t, { bundle: "rackup-3", cwd, words, env })), cwd };
}

/** Resolves once it and `all` below it are gone, and its files. */
export async function nothingStays(server: RubyServer, all: readonly number[]): Promise<void> {
  await untilGone([server.pid, ...all]);
  await until(
    async () => (await server.leftovers()).length === 0,
    20_000,
    async () => `left: ${await server.leftovers()}`,
  );
}

/** A script of Ruby's in a folder of its own, with our API loaded. */
export async function scriptFolder(t: Owner, script: string): Promise<string> {
  const folder = await scratchFolder(t);
  await writeFile(join(folder, "script.rb"), `require "thin"\n${script}`);
  return folder;
}

/** A folder that goes with the test. */
export async function scratchFolder(t: Owner): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "gossamer-gem-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Several bundles share one folder of gems, which Bundler has something to say about. */
const BUNDLER_SAYS =
  /^(WARN: | {6}|Please report a bug|Bundler is using a binstub|You should run `bundle)/;

/** The lines on standard error that are not Bundler's. */
export function complaintsOf({ stderr }: Pick<Started, "stderr">): readonly string[] {
  return stderr()
    .split("\n")
    .filter((line) => line !== "" && !BUNDLER_SAYS.test(line));
}

/** Kills a process that is nobody's child when the test ends, unless it has gone by itself. */
export function endWith(t: Owner, pid: number): void {
  t.after(async () => {
    const all = [pid, ...(await descendants(pid))];
    if (await isAlive(pid)) process.kill(pid, "SIGKILL");
    await untilGone(all);
  });
}

/** The front among the processes below `pid`. */
export async function frontOf(pid: number): Promise<number> {
  let front: number | undefined;
  const isThere = async (): Promise<boolean> => {
    const below = await descendants(pid);
    const words = await Promise.all(below.map(wordsOf));
    front = below[words.findIndex((line) => line.includes("gossamer.mjs\0front\0"))];
    return front !== undefined;
  };
  await until(isThere, 60_000, () => `no front below ${pid}`);
  return front ?? 0;
}

export function gemfileOf(bundle: Bundle): string {
  return resolve(import.meta.dirname, "../gems", bundle, "Gemfile");
}

async function wordsOf(pid: number): Promise<string> {
  return await readFile(`/proc/${pid}/cmdline`, "latin1").catch(() => "");
}
