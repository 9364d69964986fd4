/** One run of one server on one app: started, proven to answer, stopped with all its processes. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Probe } from "../workload.ts";
import { answersProbe } from "./probe.ts";
import { forget, remember, signalTree } from "./started.ts";
import { treeOf } from "./tree.ts";

const READY_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 5_000;
const LOOK_EVERY_MS = 50;

export type Command = {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
};

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no free TCP port found");
  return address.port;
}

export class RunningServer {
  readonly pid: number;
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #log: number;

  /** Starts the command in a session of its own, so that its whole tree can be found again. */
  constructor(command: Command, port: number) {
    this.port = port;
    this.#log = openUnlinked();
    const [program = "", ...args] = command.argv;
    this.#child = spawn(program, args, {
      cwd: command.cwd,
      env: { ...process.env, ...command.environment },
      detached: true,
      stdio: ["ignore", this.#log, this.#log],
    });
    this.#child.on("error", () => undefined); // seen by `ready`, which finds no pid
    this.pid = this.#child.pid ?? 0;
    if (this.pid > 0) remember(this.pid);
  }

  url(path: string): string {
    return `http://127.0.0.1:${this.port}${path}`;
  }

  /** Resolves when the probe is answered as it must be; rejects with the server's own words. */
  async ready(probe: Probe): Promise<void> {
    const deadline = performance.now() + READY_WITHIN_MS;
    let reason = "it answers nothing";
    while (performance.now() < deadline) {
      if (this.isDead()) throw new Error(this.obituary());
      const refusal = await answersProbe(this.url(probe.path), probe);
      if (refusal === undefined) return;
      reason = refusal;
      await delay(LOOK_EVERY_MS);
    }
    throw new Error(
      `not ready within ${READY_WITHIN_MS / 1000} s (${reason}): ${this.#lastWords()}`,
    );
  }

  /** Whether it ended, or never began, without being asked to. */
  isDead(): boolean {
    return this.pid === 0 || this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** How it ended, and what it said about it. */
  obituary(): string {
    const how = this.#child.signalCode ?? `exit code ${this.#child.exitCode}`;
    return `it died by itself (${how}): ${this.#lastWords()}`;
  }

  /** Asks with TERM, then kills whatever of its tree is left. */
  async stop(): Promise<void> {
    if (this.pid > 0) await this.#stopTree();
    closeSync(this.#log);
  }

  async #stopTree(): Promise<void> {
    this.#child.kill("SIGTERM");
    if (!(await this.#goneWithin(STOP_WITHIN_MS))) signalTree(this.pid, "SIGKILL");
    if (!(await this.#goneWithin(STOP_WITHIN_MS))) {
      throw new Error(`processes of ${this.#child.spawnargs.join(" ")} survive SIGKILL`);
    }
    forget(this.pid);
  }

  async #goneWithin(limitMs: number): Promise<boolean> {
    const deadline = performance.now() + limitMs;
    while (treeOf(this.pid).length > 0) {
      if (performance.now() > deadline) return false;
      await delay(LOOK_EVERY_MS);
    }
    return true;
  }

  /** The line that names an error, or else the first ones. */
  #lastWords(): string {
    const lines = readStart(this.#log).trim().split("\n");
    const named = lines.filter((line) => /error|exception|cannot|invalid|refus/i.test(line));
    return [...named, ...lines].slice(0, 2).join(" | ").slice(0, 300) || "it printed nothing";
  }
}

/** A file that is gone from its folder already, so that nothing can leave it behind. */
function openUnlinked(): number {
  const folder = mkdtempSync(join(tmpdir(), "gossamer-bench-"));
  const file = openSync(join(folder, "log"), "w+");
  rmSync(folder, { recursive: true });
  return file;
}

function readStart(file: number): string {
  const bytes = Buffer.alloc(16_384);
  return bytes.toString("utf8", 0, readSync(file, bytes, 0, bytes.length, 0));
}
