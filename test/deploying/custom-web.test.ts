import assert from "node:assert/strict";
import { existsSync, lstatSync } from "node:fs";
import { mkdir, readdir, readFile, rm, rmdir, writeFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { join, resolve } from "node:path";
import { type TestContext, test } from "node:test";
import { gemsAt } from "../apps/served.ts";
import { isAlive, until, untilGone } from "../harness/processes.ts";
import { ask } from "../server/ask.ts";
import { Load } from "../server/load.ts";
import { hasNginx, nginxBefore } from "./nginx.ts";
import { block } from "./page.ts";
import { freePorts, type Ran, Shop } from "./shop.ts";

const GEMS = gemsAt(resolve(import.meta.dirname, "../../examples/sinatra/Gemfile"));
const UPSTREAM = "/etc/nginx/conf.d/shop-upstream-procfile.conf";
const SERVER_FILES = ["/tmp/web_server.sock", "/tmp/web_server.pid"];

/** An app that says its version; a slow request of it ends when there is a file `go`. */
function app(version: string): string {
  return `
require "sinatra/base"
class Shop < Sinatra::Base
  get("/") { "${version} in #{ENV["RACK_ENV"]}" }
  get("/slow") do
    File.write("begun", "")
    sleep 0.01 until File.exist?("go")
    "${version} at last"
  end
end
run Shop
`;
}

/**
 * Takes the very paths of the page when we are root and all of them are free; whoever comes at the same time finds the folders
 * taken. Resolves with the beginnings of the paths that are ours, and with how to give them back: none, and then all of
 * it happens in a folder of the test's own.
 */
async function takePaths(): Promise<{ real: readonly string[]; release(): Promise<void> }> {
  const folders = ["/etc/bluepill", "/var/run/bluepill"];
  const made: string[] = [];
  const isTaken = (path: string): boolean =>
    lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  if (process.geteuid?.() !== 0 || SERVER_FILES.some(isTaken)) return NO_PATHS;
  try {
    for (const folder of folders) {
      await mkdir(folder);
      made.push(folder);
    }
  } catch {
    for (const folder of made) await rmdir(folder);
    return NO_PATHS;
  }
  const ours = [...made, ...SERVER_FILES];
  return {
    real: ["/etc/bluepill/", "/tmp/web_server."],
    release: async () => {
      for (const path of ours) await rm(path, { recursive: true, force: true });
    },
  };
}

const NO_PATHS = { real: [], release: () => Promise.resolve() };

/** The machine of the page: an app with a Procfile, and who types commands there. */
class Machine {
  readonly shop: Shop;
  readonly #base: string;
  readonly #isRoot: boolean;

  private constructor(shop: Shop, isRoot: boolean) {
    this.shop = shop;
    this.#isRoot = isRoot;
    this.#base = isRoot ? "/var/run/bluepill" : join(shop.root, "run/bluepill");
  }

  static async open(t: TestContext, port: number): Promise<Machine> {
    const { real, release } = await takePaths();
    const instead = {
      "listen 80;": `listen 127.0.0.1:${port};`,
      "-u deploy": `-u ${userInfo().username}`,
    };
    const shop = await Shop.open(t, app("one"), instead, real);
    t.after(release);
    const jobs = "web: exec false\njobs: echo I am $PS; exec sleep 1000\n";
    const procfile = `${block("Procfile")}${jobs}`;
    await shop.write("/srv/shop/releases/1/Procfile", shop.here(procfile));
    return new Machine(shop, real.length > 0);
  }

  /** Types commands of the page where the app is. Who is root needs no sudo, and who is not says so to bluepill. */
  async type(text: string): Promise<Ran> {
    const may = text
      .replace(/sudo (bluepill [^;\n]*)/g, this.#isRoot ? "$1" : "$1 --no-privileged")
      .replaceAll("sudo ", "");
    const own = this.#isRoot ? {} : { BLUEPILL_BASE_DIR: this.#base };
    return await this.shop.sh(may, { ...GEMS, ...own }, "/srv/shop/current");
  }

  /** Resolves with what a command prints that does well. */
  async say(text: string): Promise<string> {
    const { code, stdout, stderr } = await this.type(text);
    assert.deepEqual({ text, code, stderr }, { text, code: 0, stderr: "" });
    return stdout;
  }

  /** The server's; NaN while there is none. */
  async pid(): Promise<number> {
    const path = this.shop.path("/tmp/web_server.pid");
    return Number.parseInt(await readFile(path, "utf8").catch(() => ""), 10);
  }

  /** Resolves with the pid of the server once it answers at its socket, bluepill knows it, and it is not `old`. */
  async untilBack(old: number): Promise<number> {
    const where = { port: 0, socketPath: this.shop.path("/tmp/web_server.sock") };
    let pid = Number.NaN;
    const status = (): Promise<Ran> => this.type("sudo bluepill cloud66_web_server status");
    await until(
      async () => {
        const answer = await ask(where, "/").catch(() => undefined);
        pid = await this.pid();
        return answer?.status === 200 && pid > 0 && pid !== old;
      },
      60_000,
      async () => `nobody follows ${old}: ${(await status()).stdout}`,
    );
    const known = new RegExp(`^cloud66_web_server\\(pid:${pid}\\): (starting|up)$`, "m");
    await until(
      async () => known.test((await status()).stdout),
      20_000,
      async () => `bluepill does not know ${pid}: ${(await status()).stdout}`,
    );
    return pid;
  }

  async write(name: string, text: string): Promise<void> {
    await writeFile(this.shop.path(join("/srv/shop/releases/1", name)), text);
  }

  has(name: string): boolean {
    return existsSync(this.shop.path(join("/srv/shop/releases/1", name)));
  }

  async sockets(): Promise<readonly string[]> {
    return await readdir(join(this.#base, "socks"));
  }
}

test("A custom_web is exported, kept up behind nginx, stopped, started, and given new code without a loss", async (t) => {
  if (!hasNginx()) return t.skip("nginx is not installed");
  const port = await freePorts(1);
  const machine = await Machine.open(t, port);
  const { shop } = machine;

  // The pills.
  const [exporting = "", loading = ""] = block("autoload").trim().split("\n");
  const autoload = shop.path("/etc/bluepill/autoload");
  const names = ["cloud66_web_server.pill", "user_jobs.pill"];
  const paths = names.map((name) => `${join(autoload, name)}\n`);
  assert.equal(await machine.say(exporting), paths.join(""));
  assert.deepEqual((await readdir(autoload)).sort(), names);
  assert.equal(await machine.say(loading), "");
  const first = await machine.untilBack(Number.NaN);
  const several = await machine.type("sudo bluepill status");
  assert.equal(several.code, 1);
  assert.match(several.stderr, /^ {2}1\. cloud66_web_server\n {2}2\. user_jobs$/m);
  const jobs = shop.path("/srv/shop/shared/log/user_jobs_1.log");
  const printed = (): Promise<string> => readFile(jobs, "utf8").catch(String);
  await until(
    async () => (await printed()) === "I am jobs.1\n",
    30_000,
    async () => `user_jobs has printed: ${await printed()}`,
  );
  const where = await nginxBefore(shop, UPSTREAM, port);
  assert.equal((await ask(where, "/")).text, "one in production");

  // Stopped, and started by the two commands of the page.
  assert.equal(
    await machine.say(block("web-server-stop")),
    "Sent stop to:\n  :cloud66_web_server\n",
  );
  assert.equal(await isAlive(first), false);
  assert.deepEqual(
    SERVER_FILES.map((path) => existsSync(shop.path(path))),
    [false, false],
  );
  assert.equal((await ask(where, "/")).status, 502);
  const stopped = await machine.say("sudo bluepill cloud66_web_server status");
  assert.match(stopped, /^cloud66_web_server\(pid:\d*\): unmonitored$/m);
  assert.match(
    await machine.say(block("web-server-start")),
    /^Killing bluepilld\[\d+\]\n(Killing previous bluepilld\[\d+\]\n)?$/,
  );
  const second = await machine.untilBack(first);
  assert.equal((await ask(where, "/")).text, "one in production");

  // QUIT in the midst of a request, which is answered; then it is back.
  const slow = ask(where, "/slow");
  await until(
    () => machine.has("begun"),
    30_000,
    () => "the slow request has not begun",
  );
  process.kill(second, "SIGQUIT");
  await machine.write("go", "");
  assert.deepEqual([(await slow).status, (await slow).text], [200, "one at last"]);
  await untilGone([second]);
  const third = await machine.untilBack(second);

  // A crash, of which the socket and the pid file are left.
  process.kill(third, "SIGKILL");
  const fourth = await machine.untilBack(third);
  assert.deepEqual(await shop.servers(), [fourth]);

  // New code.
  const load = new Load(t, where, "/", 4);
  await load.more(20);
  await machine.write("config.ru", app("two"));
  await machine.say(block("web-server-restart"));
  await load.until(({ texts }) => texts.includes("two in production"));
  await load.more(50);
  assert.deepEqual((await load.stop()).failures, []);
  assert.equal(await machine.pid(), fourth);

  // Nothing is left, but for nginx.
  for (const name of ["cloud66_web_server", "user_jobs"]) {
    assert.match(await machine.say(`sudo bluepill ${name} stop`), /^Sent stop to:\n/);
    assert.match(await machine.say(`sudo bluepill ${name} quit`), /^Killing bluepilld\[\d+\]\n$/);
  }
  await until(
    async () => (await machine.sockets()).length === 0,
    30_000,
    async () => `still there: ${await machine.sockets()}`,
  );
  assert.deepEqual(await shop.servers(), []);
  assert.deepEqual(
    SERVER_FILES.map((path) => existsSync(shop.path(path))),
    [false, false],
  );
});
