import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, lstatSync, renameSync, type Stats, unlinkSync } from "node:fs";
import { connect } from "node:net";
import { basename, dirname, join } from "node:path";
import { ListenError } from "./errors.ts";

/** What the kernel takes in `sun_path`, without the NUL. */
const PATH_LIMIT_BYTES = 107;

/**
 * A UNIX socket's place in the file system. A socket is bound under another name and moved here, so
 * that closing it never removes the socket of somebody who has moved in since.
 */
export class UnixPath {
  readonly path: string;
  /** Where to bind; gone once moved. */
  readonly draft: string;
  #own: Stats | undefined = undefined;

  constructor(path: string) {
    this.path = path;
    const name = randomBytes(8)
      .toString("hex")
      .slice(0, Math.max(4, basename(path).length - 1));
    this.draft = join(dirname(path), `.${name}`);
  }

  /** Rejects when somebody accepts connections there, or when what is there is no socket. */
  async check(): Promise<void> {
    const longest = Math.max(Buffer.byteLength(this.path), Buffer.byteLength(this.draft));
    if (longest > PATH_LIMIT_BYTES) {
      throw new ListenError(
        this.path,
        `the path is longer than ${PATH_LIMIT_BYTES} bytes. Choose a shorter one`,
      );
    }
    // Node reports a folder that is not there as one that may not be entered.
    if (!existsSync(dirname(this.path))) {
      throw new ListenError(this.path, `the folder ${dirname(this.path)} does not exist`);
    }
    const there = lstatSync(this.path, { throwIfNoEntry: false });
    if (there === undefined) return;
    if (!there.isSocket())
      throw new ListenError(this.path, "what is there is not a socket. Choose another path");
    if (await isServed(this.path)) {
      throw new ListenError(this.path, "another process accepts connections on it. Stop it first");
    }
  }

  /** Moves the bound socket to its place, over a stale one. */
  take(mode: number | undefined): void {
    if (mode !== undefined) chmodSync(this.draft, mode);
    this.#own = lstatSync(this.draft);
    renameSync(this.draft, this.path);
  }

  /** Removes the socket if it is still ours. */
  release(): void {
    const own = this.#own;
    this.#own = undefined;
    try {
      const there = lstatSync(this.path);
      if (there.ino === own?.ino && there.dev === own.dev) unlinkSync(this.path);
    } catch {
      // Gone already, or, with our rights given up, not ours to remove: who binds here next takes its place.
    }
  }
}

/** Only a refusal proves that nobody listens: a full backlog or a missing right does not. */
function isServed(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    probe.on("connect", () => {
      probe.destroy();
      resolve(true);
    });
    probe.on("error", (error: NodeJS.ErrnoException) => {
      resolve(error.code !== "ECONNREFUSED" && error.code !== "ENOENT");
    });
  });
}
