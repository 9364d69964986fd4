import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { objectIn } from "../../control/index.ts";
import { Backoff, type Clock, deferred, systemClock } from "../../kit/index.ts";
import { findRuby } from "../../ruby/index.ts";
import { type Child, startChild } from "../../unix/index.ts";
import type { Notice } from "../notice.ts";
import { PillHostError } from "./errors.ts";

const MAIN = fileURLToPath(new URL("../../../ruby/pill/notice_socket.rb", import.meta.url));
/** How long it has to end by itself. */
const CLOSE_MS = 2_000;

/** Who hears what processes say of themselves. */
export interface NoticeListener {
  heard(notice: Notice): void;
  /** Nobody listens any more; somebody does again after a while. */
  lost(reason: string): void;
  found(): void;
}

/** Which Ruby holds the socket: that of the pill, which is in this folder. */
export interface NoticePlace {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * The socket at which processes say how they are (sd_notify(3)). Node has no datagram sockets of the local kind, so a
 * small Ruby holds it, which ends with us and is started anew when it dies.
 */
export class NoticeSocket {
  readonly #path: string;
  readonly #place: NoticePlace;
  readonly #listener: NoticeListener;
  readonly #clock: Clock;
  readonly #backoff = new Backoff({ firstMs: 1_000 });
  #child: Child | undefined;
  #reopening: Promise<void> = Promise.resolve();
  #cancelRetry: () => void = () => {};
  #startedMs = 0;
  #isClosed = false;

  private constructor(path: string, place: NoticePlace, listener: NoticeListener, clock: Clock) {
    this.#path = path;
    this.#place = place;
    this.#listener = listener;
    this.#clock = clock;
  }

  /** Listens at `path`. Rejects with a PillHostError when that cannot be, or with a RubyError where there is no Ruby. */
  static async open(
    path: string,
    place: NoticePlace,
    listener: NoticeListener,
    clock: Clock = systemClock,
  ): Promise<NoticeSocket> {
    const socket = new NoticeSocket(path, place, listener, clock);
    await socket.#listen();
    return socket;
  }

  /** The Ruby that holds it; undefined while there is none. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Listens no more. Resolves when the socket is gone and nothing of this is left. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelRetry();
    await this.#reopening;
    if (this.#child !== undefined) await end(this.#child, this.#clock);
  }

  async #listen(): Promise<void> {
    const { folder, env } = this.#place;
    const ruby = await findRuby(folder, env);
    this.#startedMs = this.#clock.nowMs();
    // It needs no gem, and what the environment would have Ruby load is for the pill.
    const child = startChild(ruby.path, ["--disable-gems", "-EUTF-8", MAIN, this.#path], {
      env: { ...env, RUBYOPT: undefined, RUBYLIB: undefined },
      stdio: ["pipe", "pipe", "ignore"],
      // A group of its own: what a terminal sends is for us.
      detached: true,
    });
    child.stdin?.on("error", () => {});
    const isListening = deferred<void>();
    if (child.stdout) {
      createInterface({ input: child.stdout }).on("line", (line) => {
        const { say, message, ...notice } = objectIn(line) ?? {};
        if (say === "listening") {
          this.#child = child;
          isListening.resolve();
        } else if (say === "deaf") isListening.reject(this.#cannot(String(message)));
        else if (say === "notice") this.#listener.heard(notice as unknown as Notice);
      });
    }
    void child.exited.then(({ reason }) => {
      isListening.reject(this.#cannot(`${ruby.path} ended (${reason})`));
      if (this.#child === child) this.#lose(`${ruby.path}, which listens, ended (${reason})`);
    });
    await isListening.promise;
  }

  #cannot(why: string): PillHostError {
    return new PillHostError(
      `Cannot listen at ${this.#path} for what processes say of themselves: ${why}. Correct that, or take out notify_ready and watchdog_time.`,
    );
  }

  #lose(reason: string): void {
    this.#child = undefined;
    if (this.#isClosed) return;
    this.#listener.lost(reason);
    const heldMs = this.#clock.nowMs() - this.#startedMs;
    this.#cancelRetry = this.#clock.after(this.#backoff.delayMs(heldMs), () => {
      this.#reopening = this.#reopen();
    });
  }

  async #reopen(): Promise<void> {
    try {
      await this.#listen();
      this.#listener.found();
    } catch (error) {
      this.#lose(error instanceof Error ? error.message : String(error));
    }
  }
}

/** It ends when its input does, and by force when it does not. */
async function end(child: Child, clock: Clock): Promise<void> {
  child.stdin?.end();
  const cancel = clock.after(CLOSE_MS, () => child.kill("SIGKILL"));
  await child.exited;
  cancel();
}
