import { readdir, readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { TestContext } from "node:test";
import { gemsAt } from "../apps/served.ts";
import { descendants, isAlive, until, untilGone } from "../harness/processes.ts";
import { appFolder, type Started, startCommand } from "../harness/server.ts";
import { type Answer, ask } from "../server/ask.ts";

const PLAIN: Bundles = { thin: resolve(import.meta.dirname, "../peers/thin/Gemfile") };
/** The gem's own command, whatever else is called thin on PATH. It is found again by the name that it is started by. */
const GEM_COMMAND = 'load($0 = Gem.bin_path("thin", "thin"))';
const TIME = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4} /gm;

/** The Gemfiles that either side runs its app with; ours may need none. */
export interface Bundles {
  readonly thin: string;
  readonly ours?: string;
}

/** How a command went, without what is different each time: times, pids, the folder. */
export interface Went {
  readonly code: number;
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
}

/** One of the two: the thin gem, or ours, each in a folder of its own with the same app. */
export class Side {
  readonly name: "thin" | "ours";
  readonly folder: string;
  readonly #bundles: Bundles;
  readonly #test: TestContext;

  constructor(name: "thin" | "ours", folder: string, bundles: Bundles, t: TestContext) {
    this.name = name;
    this.folder = folder;
    this.#bundles = bundles;
    this.#test = t;
    t.after(() => this.#leaveNothing());
  }

  get socket(): string {
    return join(this.folder, "web.sock");
  }

  /** Runs to its end. */
  async run(...words: readonly string[]): Promise<Went> {
    const command = this.start(...words);
    const { code } = await command.exited;
    return { code, stdout: this.lines(command.stdout()), stderr: this.lines(command.stderr()) };
  }

  /** Starts it, and goes on. */
  start(...words: readonly string[]): Started {
    // Bundler puts the gem's command before all others, and ours is the first on PATH without it.
    const isOurs = this.name === "ours";
    const { thin, ours } = this.#bundles;
    const own = { TMPDIR: this.folder, ...(ours === undefined ? {} : gemsAt(ours)) };
    const env = isOurs ? own : gemsAt(thin);
    const all = isOurs ? words : ["exec", "ruby", "-e", GEM_COMMAND, "--", ...words];
    return startCommand(this.#test, isOurs ? "thin" : "bundle", all, { cwd: this.folder, env });
  }

  /** Lines without what is different each time. */
  lines(text: string): readonly string[] {
    const plain = text
      .replace(TIME, "")
      .replaceAll(this.folder, "FOLDER")
      .replace(/process(?: ID:)? \d+/g, "process N")
      .replace(/^WARN: Unresolved[\s\S]*?causes problems\.$/gm, "");
    return plain.split("\n").filter((line) => line.trim() !== "");
  }

  /** What the app answers on the socket, once it answers: Thin binds some time after its command has returned. */
  async answer(path = "/", socket = this.socket): Promise<Answer> {
    let answer: Answer | undefined;
    const isThere = async (): Promise<boolean> => {
      answer = await ask({ port: 0, socketPath: socket }, path).catch(() => undefined);
      return answer !== undefined;
    };
    await until(isThere, 20_000, () => `nobody answers on ${socket}`);
    if (answer === undefined) throw new Error("unreachable");
    return answer;
  }

  async isSocket(path = this.socket): Promise<boolean> {
    return (await stat(path).catch(() => undefined))?.isSocket() === true;
  }

  async mode(path: string): Promise<string> {
    return ((await stat(path)).mode & 0o777).toString(8);
  }

  async file(name: string): Promise<string> {
    return await readFile(join(this.folder, name), "utf8").catch(() => "");
  }

  async pid(name = "tmp/pids/thin.pid"): Promise<number> {
    return Number.parseInt(await this.file(name), 10);
  }

  /** The files in the folder for pids. */
  async pidFiles(): Promise<readonly string[]> {
    const names = await readdir(join(this.folder, "tmp/pids")).catch(() => []);
    return names.sort();
  }

  /** The process as a list of processes shows it. */
  async title(pid: number): Promise<string> {
    const words = await readFile(`/proc/${pid}/cmdline`, "latin1");
    return words.replaceAll("\0", " ").trim().replaceAll(this.folder, "FOLDER");
  }

  /** By their titles: the folder's name is in them. */
  async #leaveNothing(): Promise<void> {
    const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
    const titles = await Promise.all(pids.map((pid) => this.title(pid).catch(() => "")));
    const ours = pids.filter((_, index) => titles[index]?.startsWith("thin server (FOLDER"));
    const below = await Promise.all(ours.map(descendants));
    for (const pid of ours) if (await isAlive(pid)) process.kill(pid, "SIGKILL");
    await untilGone([...ours, ...below.flat()]);
  }
}

/** Both sides, each with this app. */
export async function bothSides(
  t: TestContext,
  rackup: string,
  bundles: Bundles = PLAIN,
): Promise<readonly Side[]> {
  const names = ["thin", "ours"] as const;
  return await Promise.all(
    names.map(async (name) => new Side(name, await appFolder(t, rackup), bundles, t)),
  );
}
