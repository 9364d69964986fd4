import { fstatSync } from "node:fs";
import { Socket } from "node:net";
import { ConfigError } from "../config/index.ts";
import type { Level } from "../observe/index.ts";
import type { Host, WorkerSettings } from "../rack/index.ts";

/** What the front says to the Ruby process that has started it: a word is a line of JSON. docs/RUBY-API.md has samples. */
export type Word =
  | { readonly word: "adopt"; readonly settings: WorkerSettings }
  /** As `Server.addresses`. */
  | { readonly word: "listening"; readonly addresses: readonly string[] }
  /** `trace`: bytes of a connection, which are not for the log but for who traces. */
  | { readonly word: "said"; readonly level: Level | "trace"; readonly text: string }
  /** Why there is no server. */
  | { readonly word: "failed"; readonly message: string };

/** Where that process has put our end of the line. */
const DESCRIPTOR = 3;
/** A child that the app has forked may hold the line open when the process itself is gone. */
const LOOK_MS = 1_000;

/** The line to the Ruby process that has started us. It never says anything: that it is there is all we want to know. */
export class HostLine implements Host {
  readonly pid: number = process.ppid;
  readonly #socket: Socket;
  readonly #gone = new AbortController();
  readonly #watch: NodeJS.Timeout;

  /** Throws ConfigError where nobody is at the other end. */
  constructor() {
    if (!isSocket(DESCRIPTOR)) {
      throw new ConfigError(
        "`gossamer front` is what the Ruby gem starts. To serve an app, run `gossamer serve`.",
      );
    }
    this.#socket = new Socket({ fd: DESCRIPTOR });
    this.#socket.resume();
    // A reset tells no more than the close that follows it.
    this.#socket.on("error", () => this.#socket.destroy());
    this.#socket.on("close", () => this.#gone.abort());
    this.#watch = setInterval(() => {
      if (process.ppid !== this.pid) this.#gone.abort();
    }, LOOK_MS);
  }

  /** Aborted once the process is gone, or does not want us any more. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  adopt(settings: WorkerSettings): void {
    this.say({ word: "adopt", settings });
  }

  say(word: Word): void {
    if (!this.#socket.destroyed) this.#socket.write(`${JSON.stringify(word)}\n`);
  }

  /** Hangs up; resolves once all is said. */
  async close(): Promise<void> {
    clearInterval(this.#watch);
    if (this.#socket.destroyed) return;
    await new Promise<void>((resolve) => {
      this.#socket.once("close", () => resolve());
      this.#socket.end(() => resolve());
    });
  }
}

function isSocket(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isSocket();
  } catch {
    // Nothing is open there.
    return false;
  }
}
