import { readdir, readFile, readlink } from "node:fs/promises";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { descendants, isAlive, untilGone } from "../harness/processes.ts";
import { appFolder, startCommand } from "../harness/server.ts";

/** How a command went. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder with an app that a test runs in the background. */
export interface Site {
  readonly folder: string;
  readonly socket: string;
  /** `thin WORDS` in the folder; resolves with how it went. */
  thin(...words: readonly string[]): Promise<Ran>;
  /** `thin start -d` on the site's socket. */
  start(...words: readonly string[]): Promise<Ran>;
  /** What the pid file says, of a cluster's member the one with its number; NaN without one. */
  pid(member?: number): Promise<number>;
  log(): Promise<string>;
}

/** A site, whose server is killed with all that is below it when the test ends. */
export async function site(t: TestContext, rackup: string): Promise<Site> {
  const folder = await appFolder(t, rackup);
  const socket = join(folder, "web.sock");
  const read = (name: string): Promise<string> => readFile(join(folder, name), "utf8");
  const pidIn = async (name: string): Promise<number> =>
    Number.parseInt(await read(`tmp/pids/${name}`).catch(() => ""), 10);
  const thin = async (...words: readonly string[]): Promise<Ran> => {
    const command = startCommand(t, "thin", words, { cwd: folder, env: { TMPDIR: folder } });
    const { code } = await command.exited;
    for (const name of await readdir(join(folder, "tmp/pids")).catch(() => [])) {
      servers.add(await pidIn(name));
    }
    return { code, stdout: command.stdout(), stderr: command.stderr() };
  };
  const servers = new Set<number>();
  t.after(async () => {
    const ours = [...servers].filter((one) => one > 0);
    const below = await Promise.all(ours.map(descendants));
    for (const one of ours) if (await isOurs(one, folder)) process.kill(one, "SIGKILL");
    await untilGone([...ours, ...below.flat()].filter((one) => one !== process.pid));
  });
  return {
    folder,
    socket,
    thin,
    start: (...words) => thin("start", "-d", "-S", socket, ...words),
    pid: (member) => pidIn(member === undefined ? "thin.pid" : `thin.${member}.pid`),
    log: () => read("log/thin.log").catch(() => ""),
  };
}

/** By its title and its folder, as a test may have written any number into a pid file. */
async function isOurs(pid: number, folder: string): Promise<boolean> {
  const command = await readFile(`/proc/${pid}/cmdline`, "latin1").catch(() => "");
  const place = await readlink(`/proc/${pid}/cwd`).catch(() => "");
  // The folder may be gone by now; the link says so behind its path.
  const isThere = place.replace(/ \(deleted\)$/, "") === folder;
  return command.includes("thin server (") && isThere && (await isAlive(pid));
}

/** A server's parent, by /proc. */
export async function parentOf(pid: number): Promise<number> {
  return Number(/^PPid:\t(\d+)/m.exec(await readFile(`/proc/${pid}/status`, "latin1"))?.[1]);
}
