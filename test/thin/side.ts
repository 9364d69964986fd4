import { readdir, readFile, readlink, stat, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { gemsAt } from "../apps/served.ts";
import { RawClient } from "../harness/http.ts";
import { descendants, isAlive, until, untilGone } from "../harness/processes.ts";
import { appFolder, type Owner, type Started, startCommand } from "../harness/server.ts";
import { type Answer, ask } from "../server/ask.ts";
import { freePorts } from "./ports.ts";

const PLAIN: Bundles = { thin: resolve(import.meta.dirname, "../peers/thin/Gemfile") };
/** The gem's own command, whatever else is called thin on PATH. It is found again by the name that it is started by. */
const GEM_COMMAND = 'load($0 = Gem.bin_path("thin", "thin"))';
const TIME = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4} /gm;
const PATIENCE_MS = 60_000;

/** The Gemfiles that either side runs its app with; ours may need none. */
export interface Bundles {
  readonly thin: string;
  readonly ours?: string;
}

/** How a command went, without what is different each time: times, pids, the folder, the ports. */
export interface Went {
  readonly code: number;
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
}

/** One of the two: the thin gem, or ours, each in a folder of its own with the same app. */
export class Side {
  readonly name: "thin" | "ours";
  readonly folder: string;
  /** The first of some ports that are this side's alone. */
  readonly port: number;
  readonly #bundles: Bundles;
  readonly #test: Owner;

  constructor(name: "thin" | "ours", folder: string, port: number, bundles: Bundles, t: Owner) {
    this.name = name;
    this.folder = folder;
    this.port = port;
    this.#bundles = bundles;
    this.#test = t;
    t.after(() => this.#leaveNothing());
  }

  get socket(): string {
    return join(this.folder, "web.sock");
  }

  /** Options that make a server listen on the side's port, and on this machine only. */
  get onPort(): readonly string[] {
    return ["-a", "127.0.0.1", "-p", String(this.port)];
  }

  /** Runs to its end. */
  async run(...words: readonly string[]): Promise<Went> {
    return await this.runWith({}, ...words);
  }

  /** The same, with further variables. */
  async runWith(env: NodeJS.ProcessEnv, ...words: readonly string[]): Promise<Went> {
    const command = this.startWith(env, ...words);
    const { code } = await command.exited;
    return { code, stdout: this.lines(command.stdout()), stderr: this.lines(command.stderr()) };
  }

  /** Starts it, and goes on. */
  start(...words: readonly string[]): Started {
    return this.startWith({}, ...words);
  }

  /** The same, with further variables. */
  startWith(env: NodeJS.ProcessEnv, ...words: readonly string[]): Started {
    // Bundler puts the gem's command before all others, and ours is the first on PATH without it.
    const isOurs = this.name === "ours";
    const { thin, ours } = this.#bundles;
    const gemfile = isOurs ? ours : thin;
    const gems = gemfile === undefined ? {} : gemsAt(gemfile);
    const all = isOurs ? words : ["exec", "ruby", "-e", GEM_COMMAND, "--", ...words];
    return startCommand(this.#test, isOurs ? "thin" : "bundle", all, {
      cwd: this.folder,
      env: { TMPDIR: this.folder, ...gems, ...env },
    });
  }

  /** A server in the foreground, on the socket, once it answers. */
  async serve(...words: readonly string[]): Promise<Started> {
    const running = this.start("start", "-S", this.socket, ...words);
    await this.answer();
    return running;
  }

  /** A daemon on the socket, once it answers: Thin's parent is back long before. */
  async daemon(
    ...words: readonly string[]
  ): Promise<{ readonly went: Went; readonly pid: number }> {
    const went = await this.run("start", "-d", "-S", this.socket, ...words);
    await this.answer();
    return { went, pid: await this.pid() };
  }

  /** Lines without what is different each time. */
  lines(text: string): readonly string[] {
    const plain = text
      .replace(TIME, "")
      .replaceAll(this.folder, "FOLDER")
      .replace(/process(?: ID:)? \d+/g, "process N")
      .replace(/:(\d{5})\b/g, (whole, port: string) => this.#portName(Number(port)) ?? whole)
      .replace(/^WARN: Unresolved[\s\S]*?causes problems\.$/gm, "");
    return plain.split("\n").filter((line) => line.trim() !== "");
  }

  /** What the app answers on the socket, once it answers: Thin binds some time after its command has returned. */
  async answer(path = "/", socket = this.socket): Promise<Answer> {
    return await this.#answerAt({ port: 0, socketPath: socket }, path);
  }

  /** The same, on the side's port or one of those behind it. */
  async answerOnPort(member = 0, path = "/"): Promise<Answer> {
    return await this.#answerAt({ port: this.port + member, socketPath: "" }, path);
  }

  /** Whether anybody listens on the side's port, or one of those behind it. */
  async isListening(member = 0): Promise<boolean> {
    const socket = await RawClient.open(this.#test, { port: this.port + member }).catch(
      () => undefined,
    );
    socket?.socket.destroy();
    return socket !== undefined;
  }

  /** Resolves once somebody listens on the side's port. */
  async untilListening(): Promise<void> {
    await until(
      () => this.isListening(),
      PATIENCE_MS,
      () => `nobody listens on ${this.port}`,
    );
  }

  /** Resolves once the process, or one below it, has a listening TCP socket of its own. */
  async untilSocketsOf(pid: number): Promise<void> {
    const isListening = async (): Promise<boolean> => {
      const links = await Promise.all([pid, ...(await descendants(pid))].map(socketsOf));
      const listening = await listeningInodes();
      return links.flat().some((inode) => listening.has(inode));
    };
    await until(isListening, PATIENCE_MS, () => `${pid} does not listen`);
  }

  /** Has `clean` done when the test ends. */
  atEnd(clean: () => Promise<void>): void {
    this.#test.after(clean);
  }

  /** A connection to the socket, over which a test sends what it likes. */
  async connect(): Promise<RawClient> {
    return await RawClient.open(this.#test, { path: this.socket });
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

  async write(name: string, text: string): Promise<void> {
    await writeFile(join(this.folder, name), text);
  }

  /** Resolves once `name` says it. */
  async untilFileSays(name: string, text: string | RegExp): Promise<void> {
    const isSaid = async (): Promise<boolean> => {
      const said = await this.file(name);
      return typeof text === "string" ? said.includes(text) : text.test(said);
    };
    await until(
      isSaid,
      PATIENCE_MS,
      async () => `${text} is not in ${name}:\n${await this.file(name)}`,
    );
  }

  async pid(name = "tmp/pids/thin.pid"): Promise<number> {
    return Number.parseInt(await this.file(name), 10);
  }

  /** The names in a folder, of pids unless another is named, with the ports made plain. */
  async names(folder = "tmp/pids"): Promise<readonly string[]> {
    const names = await readdir(join(this.folder, folder)).catch(() => []);
    return names
      .map((name) =>
        name.replace(/\d{5}/, (port) => this.#portName(Number(port))?.slice(1) ?? port),
      )
      .sort();
  }

  /** The process as a list of processes shows it. */
  async title(pid: number): Promise<string> {
    const words = await readFile(`/proc/${pid}/cmdline`, "latin1");
    return this.lines(words.replaceAll("\0", " ").trim()).join("\n");
  }

  /** `:PORT`, `:PORT+1` …; undefined for a number that is none of ours. */
  #portName(port: number): string | undefined {
    const member = port - this.port;
    if (member < 0 || member > 3) return undefined;
    return member === 0 ? ":PORT" : `:PORT+${member}`;
  }

  async #answerAt(where: { port: number; socketPath: string }, path: string): Promise<Answer> {
    let answer: Answer | undefined;
    const isThere = async (): Promise<boolean> => {
      answer = await ask(where, path).catch(() => undefined);
      return answer !== undefined;
    };
    await until(isThere, PATIENCE_MS, () => `nobody answers on ${where.socketPath || where.port}`);
    if (answer === undefined) throw new Error("unreachable");
    return answer;
  }

  /** By their titles, and by where they work. */
  async #leaveNothing(): Promise<void> {
    const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
    const found = await Promise.all(pids.map((pid) => this.#isServerOfOurs(pid)));
    const servers = pids.filter((_, index) => found[index]);
    const below = await Promise.all(servers.map(descendants));
    for (const pid of servers) if (await isAlive(pid)) process.kill(pid, "SIGKILL");
    await untilGone([...servers, ...below.flat()]);
  }

  async #isServerOfOurs(pid: number): Promise<boolean> {
    const place = await readlink(`/proc/${pid}/cwd`).catch(() => "");
    if (!place.startsWith(this.folder)) return false;
    return /^thin server \(/.test(await this.title(pid).catch(() => ""));
  }
}

/** Both sides, each with this app: the gem, and ours. */
export async function bothSides(
  t: Owner,
  rackup: string,
  bundles: Bundles = PLAIN,
): Promise<readonly [Side, Side]> {
  const [thin, ours] = [await appFolder(t, rackup), await appFolder(t, rackup)];
  return [
    new Side("thin", thin, await freePorts(), bundles, t),
    new Side("ours", ours, await freePorts(), bundles, t),
  ];
}

/** What matches in the first of these lines that does; "" for none. Thin has paths before its words, and classes behind them. */
export function foundIn(lines: readonly string[], words: RegExp): string {
  return lines.map((line) => words.exec(line)?.[0]).find((found) => found !== undefined) ?? "";
}

/** The inodes of a process's sockets, by /proc. */
async function socketsOf(pid: number): Promise<readonly string[]> {
  const names = await readdir(`/proc/${pid}/fd`).catch(() => []);
  const links = names.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => ""));
  return (await Promise.all(links)).flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []);
}

/** Those of all TCP sockets that listen. */
async function listeningInodes(): Promise<ReadonlySet<string>> {
  const lines = (await readFile("/proc/net/tcp", "latin1")).split("\n");
  const columns = lines.map((line) => line.trim().split(/\s+/));
  return new Set(
    columns.filter(([, , , state]) => state === "0A").map((fields) => fields[9] ?? ""),
  );
}
