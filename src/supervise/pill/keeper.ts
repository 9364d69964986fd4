import { dirname } from "node:path";
import { createInterface } from "node:readline";
import type { Duplex } from "node:stream";
import { fileURLToPath } from "node:url";
import { type Clock, type Deferred, deferred, systemClock } from "../../kit/index.ts";
import { findRuby } from "../../ruby/index.ts";
import { type Child, type Exit, startChild } from "../../unix/index.ts";
import { PillError } from "./errors.ts";
import { type PillContent, type PillOrder, type PillWord, wordIn } from "./messages.ts";
import type { PillOptions } from "./options.ts";
import { checkPatterns } from "./patterns.ts";
import { refusalIn } from "./refusal.ts";

const MAIN = fileURLToPath(new URL("../../../ruby/pill/main.rb", import.meta.url));
/** The descriptor of the line, on Ruby's side. */
const LINE = 3;
/** How long Ruby has to say where it is. */
const WHERE_MS = 1_000;
/** How long `at_exit` blocks of the pill may take. */
const CLOSE_MS = 5_000;

/** The Ruby process that reads one pill, and keeps it. It ends with us, however we end. */
export class Keeper {
  readonly exited: Promise<Exit>;
  readonly #path: string;
  readonly #child: Child;
  readonly #line: Duplex | undefined;
  readonly #clock: Clock;
  readonly #hear: (word: PillWord) => void;
  readonly #content: Deferred<PillContent> = deferred<PillContent>();
  #where: ((file: string | undefined) => void) | undefined;
  #isRead = false;
  #isGone = false;

  private constructor(
    ruby: string,
    path: string,
    options: PillOptions,
    hear: (word: PillWord) => void,
    clock: Clock,
  ) {
    this.#path = path;
    this.#hear = hear;
    this.#clock = clock;
    const base = options.baseDir === undefined ? {} : { BLUEPILL_BASE_DIR: options.baseDir };
    this.#child = startChild(ruby, ["-EUTF-8", MAIN, path], {
      cwd: options.cwd,
      env: { ...options.env, ...base },
      stdio: [...options.stdio, "pipe"],
      // A group of its own: what the pill starts while it is read ends with it.
      detached: true,
    });
    this.exited = this.#child.exited.then((exit) => this.#leave(ruby, exit));
    this.#line = this.#child.stdio[LINE] as Duplex | undefined;
    if (this.#line) this.#listenTo(this.#line);
    // Whoever opened it hears of it; there is nobody else.
    this.#content.promise.catch(() => {});
  }

  /**
   * Has Ruby read the pill at `path`, which is absolute. What is said afterwards goes to `hear`. Rejects with a
   * PillError, or with a RubyError where there is no Ruby; then nothing is left of it.
   */
  static async open(
    path: string,
    options: PillOptions,
    hear: (word: PillWord) => void = () => {},
    clock: Clock = systemClock,
  ): Promise<{ readonly keeper: Keeper; readonly content: PillContent }> {
    const ruby = await findRuby(dirname(path), options.env);
    const keeper = new Keeper(ruby.path, path, options, hear, clock);
    const late = clock.after(options.timeoutMs, () => void keeper.#giveUp(options.timeoutMs));
    try {
      const content = await keeper.#content.promise;
      checkPatterns(content.apps);
      return { keeper, content };
    } catch (error) {
      await keeper.close();
      throw error;
    } finally {
      late();
    }
  }

  /** Undefined when it could not be started. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Gives an order; one that has died hears nothing. */
  tell(order: PillOrder): void {
    if (this.#line?.writable) this.#line.write(`${JSON.stringify(order)}\n`);
  }

  /** Lets the pill's `at_exit` blocks run and ends it, with force when that takes too long. Resolves when it is gone. */
  async close(): Promise<void> {
    this.tell({ order: "close" });
    const cancel = this.#clock.after(CLOSE_MS, () => this.kill());
    await this.exited;
    cancel();
  }

  /** Ends it at once, with what it has started in its group. */
  kill(): void {
    const { pid } = this.#child;
    if (pid === undefined || this.#isGone) return;
    try {
      process.kill(-pid, "SIGKILL");
    } catch {
      // It has just ended.
    }
  }

  #listenTo(line: Duplex): void {
    const lines = createInterface({ input: line }).on("line", (text) => this.#listen(text));
    // A line that breaks has an exit that says why; it is told to both.
    for (const one of [line, lines]) one.on("error", () => {});
    // The pill has made another program of it, which is none of ours.
    line.on("end", () => this.kill());
  }

  #listen(text: string): void {
    const word = wordIn(text);
    if (word === undefined) return;
    if (word.say === "pill") {
      const { apps, warnings } = word;
      this.#isRead = true;
      this.#content.resolve({ apps, warnings });
    } else if (word.say === "at")
      this.#where?.(word.place && `${word.place.file}:${word.place.line}`);
    else if (word.say === "refused" || word.say === "failed" || word.say === "left")
      this.#content.reject(refusalIn(word, this.#path));
    else this.#hear(word);
  }

  #leave(ruby: string, exit: Exit): Exit {
    this.#isGone = true;
    this.#content.reject(
      new PillError(
        "ERR_PILL_ENDED",
        `${this.#path}: the Ruby at ${ruby} ended (${exit.reason}) before it had read the pill.`,
      ),
    );
    this.#line?.destroy();
    return exit;
  }

  async #giveUp(timeoutMs: number): Promise<void> {
    this.tell({ order: "where" });
    const where = await new Promise<string | undefined>((resolve) => {
      this.#where = resolve;
      this.#clock.after(WHERE_MS, () => resolve(undefined));
    });
    // It has come to its end meanwhile.
    if (this.#isRead) return;
    const at = where === undefined ? "" : ` at ${where}`;
    this.#content.reject(
      new PillError(
        "ERR_PILL_TIMEOUT",
        `${this.#path}: after ${timeoutMs / 1000} s the pill is still running${at}. It is to describe processes, and end.`,
      ),
    );
    this.kill();
  }
}
