import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { TestContext } from "node:test";
import { gemsAt } from "../apps/served.ts";
import { isAlive, until, untilGone } from "../harness/processes.ts";
import { type Started, startCommand } from "../harness/server.ts";
import { gemStates, ourStates, type States } from "./asked.ts";

const GEMFILE = resolve(import.meta.dirname, "../peers/bluepill/Gemfile");
/** The gem's own command, whatever else is called bluepill on PATH. */
const GEM_COMMAND = 'load($0 = Gem.bin_path("bluepill", "bluepill"))';

const BIN = resolve(import.meta.dirname, "../../bin/bluepill.mjs");

/** How a command went, without what is different each time: pids, the folder. */
export interface Went {
  readonly code: number;
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
}

/** One of the two: the bluepill gem, or ours, each in a folder of its own. */
export class Side {
  readonly name: "bluepill" | "ours";
  readonly folder: string;
  readonly #test: TestContext;

  constructor(name: "bluepill" | "ours", folder: string, t: TestContext) {
    this.name = name;
    this.folder = folder;
    this.#test = t;
    t.after(() => this.#leaveNothing());
  }

  get base(): string {
    return join(this.folder, "base");
  }

  /** Runs `bluepill WORDS` to its end, as whoever we are. */
  async run(...words: readonly string[]): Promise<Went> {
    const command = this.start(...words);
    return await this.#end(command);
  }

  /** Starts `bluepill WORDS`, which need not end by itself. */
  start(...words: readonly string[]): Started {
    return this.#start(words);
  }

  /** Runs `bluepill WORDS` as somebody who is not root, with `base` in the folder as the home. */
  async runAsNobody(...words: readonly string[]): Promise<Went> {
    await chmod(this.folder, 0o777);
    const command = this.#startPlain(words, { HOME: this.folder }, asNobody());
    return await this.#end(command);
  }

  /** Writes a pill; in its text FOLDER is the side's own. Returns its path. */
  async pill(text: string, name = "app.pill"): Promise<string> {
    const path = join(this.folder, name);
    await writeFile(path, text.replaceAll("FOLDER", this.folder));
    return path;
  }

  /** Loads a pill and waits until its daemon answers: the gem's is back long before. */
  async load(text: string, app = "a", env: NodeJS.ProcessEnv = {}): Promise<Went> {
    const command = this.#start(["load", await this.pill(text)], env);
    const went = await this.#end(command);
    await this.untilLoaded(app);
    return went;
  }

  async untilLoaded(app = "a"): Promise<void> {
    const socket = join(this.base, "socks", `${app}.sock`);
    await until(
      () => exists(socket),
      60_000,
      () => `no ${socket}`,
    );
  }

  /** The state and the pid of each process, from the daemon: the command costs a second of a busy machine. */
  async states(app = "a"): Promise<States> {
    const socket = join(this.base, "socks", `${app}.sock`);
    return this.name === "ours" ? await ourStates(socket) : await gemStates(socket);
  }

  /** Resolves with the pid of `name` once it is in `state`, and is not `other`. */
  async untilState(name: string, state: string, other = -1, app = "a"): Promise<number> {
    let states = await this.states(app);
    await until(
      async () => {
        states = await this.states(app);
        return states[name]?.state === state && states[name]?.pid !== other;
      },
      60_000,
      () => `${this.name}: ${name} is not ${state}: ${JSON.stringify(states)}`,
    );
    return states[name]?.pid ?? 0;
  }

  async file(name: string): Promise<string | undefined> {
    return await readFile(join(this.folder, name), "utf8").catch(() => undefined);
  }

  async exists(name: string): Promise<boolean> {
    return await exists(join(this.folder, name));
  }

  /** Lines without what is different each time. */
  lines(text: string): readonly string[] {
    const plain = text
      .replaceAll(this.folder, "FOLDER")
      .replace(/pid:\d+/g, "pid:N")
      .replace(/bluepilld\[\d+\]/g, "bluepilld[N]");
    return plain.replace(/\n$/, "").split("\n");
  }

  /** The pids of all that this side has started: they have its base in their environment. */
  async processes(): Promise<readonly number[]> {
    const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
    const found: number[] = [];
    for (const pid of pids) {
      const text = await readFile(`/proc/${pid}/environ`, "latin1").catch(() => "");
      if (text.includes(`BLUEPILL_BASE_DIR=${this.base}\0`) && (await isAlive(pid)))
        found.push(pid);
    }
    return found;
  }

  async #end(command: Started): Promise<Went> {
    const { code } = await command.exited;
    return { code, stdout: this.lines(command.stdout()), stderr: this.lines(command.stderr()) };
  }

  #start(words: readonly string[], more: NodeJS.ProcessEnv = {}): Started {
    const env = { BLUEPILL_BASE_DIR: this.base, HOME: this.folder, ...more };
    return this.#startPlain([...words, "--no-privileged"], env);
  }

  #startPlain(
    words: readonly string[],
    more: NodeJS.ProcessEnv,
    before: readonly string[] = [],
  ): Started {
    const isOurs = this.name === "ours";
    const command = isOurs
      ? [process.execPath, BIN, ...words]
      : ["ruby", "-W0", "-rbundler/setup", "-e", GEM_COMMAND, "--", ...words];
    const [program = "", ...args] = [...before, ...command];
    const env = { ...(isOurs ? {} : gemsAt(GEMFILE)), ...more };
    return startCommand(this.#test, program, args, { cwd: this.folder, env });
  }

  async #leaveNothing(): Promise<void> {
    for (let pids = await this.processes(); pids.length > 0; pids = await this.processes()) {
      for (const pid of pids) if (await isAlive(pid)) process.kill(pid, "SIGKILL");
      await untilGone(pids);
    }
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** What makes root somebody else; who is not root is that already. */
function asNobody(): readonly string[] {
  if (process.getuid?.() !== 0) return [];
  return ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--"];
}

/** One side, in a folder of its own. */
export async function sideOf(name: Side["name"], t: TestContext): Promise<Side> {
  return new Side(name, await mkdtemp(join(tmpdir(), `gossamer-${name}-`)), t);
}

/** Ours alone. */
export async function ourSide(t: TestContext): Promise<Side> {
  return await sideOf("ours", t);
}

/** Both sides. */
export async function bothSides(t: TestContext): Promise<readonly Side[]> {
  return await Promise.all((["bluepill", "ours"] as const).map((name) => sideOf(name, t)));
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
