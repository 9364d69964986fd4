import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { isAlive, until, untilGone } from "../harness/processes.ts";
import { startCommand } from "../harness/server.ts";
import { ask } from "../server/ask.ts";

interface Went {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder with a Procfile, and whoever types there; what runs in it ends with the test. */
class Place {
  readonly folder: string;
  readonly #test: TestContext;

  private constructor(t: TestContext, folder: string) {
    this.#test = t;
    this.folder = folder;
    t.after(() => this.#leaveNothing());
  }

  static async open(t: TestContext, files: Readonly<Record<string, string>>): Promise<Place> {
    const place = new Place(t, await realpath(await mkdtemp(join(tmpdir(), "gossamer-detached-"))));
    await mkdir(join(place.folder, "shop"));
    for (const [name, text] of Object.entries(files)) {
      await writeFile(join(place.folder, "shop", name), text);
    }
    return place;
  }

  /** Runs `gossamer up WORDS` to its end. */
  async up(...words: readonly string[]): Promise<Went> {
    const base = { BLUEPILL_BASE_DIR: join(this.folder, "base"), TMPDIR: this.folder };
    const command = startCommand(this.#test, "gossamer", ["up", ...words], {
      cwd: join(this.folder, "shop"),
      env: { ...base, FOLDER: this.folder, PORT: undefined },
    });
    const { code } = await command.exited;
    return { code, stdout: command.stdout(), stderr: command.stderr() };
  }

  /** What `status` shows, by the names of processes: state, pid, port. */
  async status(): Promise<Readonly<Record<string, readonly [string, string, string]>>> {
    const { stdout } = await this.up("status");
    const rows = stdout.trim().split("\n").slice(1);
    return Object.fromEntries(
      rows
        .map((row) => row.split(/ +/))
        .map(([name, state = "", pid = "", port = ""]) => [name, [state, pid, port]]),
    );
  }

  /** The pid of the supervisor. */
  async daemon(): Promise<number> {
    const pids = join(this.folder, "base/pids");
    const [file = ""] = (await readdir(pids)).filter((name) => name.endsWith(".pid"));
    return Number(await readFile(join(pids, file), "utf8"));
  }

  async file(name: string): Promise<string> {
    return await readFile(join(this.folder, "shop", name), "utf8").catch(String);
  }

  /** All that was started here. */
  async family(): Promise<readonly number[]> {
    const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
    const found: number[] = [];
    for (const pid of pids) {
      const text = await readFile(`/proc/${pid}/environ`, "latin1").catch(() => "");
      if (text.includes(`FOLDER=${this.folder}\0`) && (await isAlive(pid))) found.push(pid);
    }
    return found;
  }

  /** No process, no socket, no pid file. */
  async untilNothingIsLeft(): Promise<void> {
    await untilGone(await this.family());
    const left = (await readdir(join(this.folder, "base"), { recursive: true })).sort();
    assert.deepEqual(left, ["journals", "pids", "socks"]);
  }

  async #leaveNothing(): Promise<void> {
    for (let pids = await this.family(); pids.length > 0; pids = await this.family()) {
      for (const pid of pids) if (await isAlive(pid)) process.kill(pid, "SIGKILL");
      await untilGone(pids);
    }
    await rm(this.folder, { recursive: true, force: true });
  }
}

const FOREVER = "exec sleep 1000";

test("gossamer up --detach returns when all is up, keeps it up, and takes orders", async (t) => {
  const place = await Place.open(t, {
    Procfile: `web: echo $PS at $PORT; ${FOREVER}\nworker: ${FOREVER}\n`,
  });
  const went = await place.up("--detach", "-m", "web=2,worker=1");
  assert.deepEqual([went.code, went.stderr], [0, ""]);
  assert.match(
    went.stdout,
    /^web\.1 is up as \d+\nweb\.2 is up as \d+\nworker\.1 is up as \d+\nWhat they print is in log\/\. .*\n$/,
  );
  assert.equal(await place.file("log/web.2.log"), "web.2 at 5001\n");
  const first = await place.status();
  const shown = Object.entries(first).map(([name, [state, , port]]) => [name, state, port]);
  assert.deepEqual(shown, [
    ["web.1", "up", "5000"],
    ["web.2", "up", "5001"],
    ["worker.1", "up", "5100"],
  ]);

  const again = await place.up("-D");
  assert.equal(again.code, 2);
  assert.match(again.stderr, /^gossamer: Procfile of \S+\/shop is up already: .*\n$/);

  assert.deepEqual(await place.up("restart", "web.1"), { code: 0, stdout: "", stderr: "" });
  const second = await place.status();
  assert.notEqual(second["web.1"]?.[1], first["web.1"]?.[1]);
  assert.deepEqual([second["web.2"], second["worker.1"]], [first["web.2"], first["worker.1"]]);

  process.kill(Number(first["worker.1"]?.[1]), "SIGKILL");
  const isBack = async (): Promise<boolean> => {
    const [state, pid] = (await place.status())["worker.1"] ?? [];
    return state === "up" && pid !== first["worker.1"]?.[1];
  };
  await until(isBack, 20_000, () => "worker.1 does not come back");

  const before = await place.status();
  const daemon = await place.daemon();
  process.kill(daemon, "SIGKILL");
  await untilGone([daemon]);
  assert.equal((await place.up("-D", "-m", "web=2,worker=1")).code, 0);
  assert.deepEqual(await place.status(), before);

  assert.equal((await place.up("stop", "web")).code, 0);
  const stopped = await place.status();
  assert.deepEqual([stopped["web.1"]?.[0], stopped["web.2"]?.[0]], ["unmonitored", "unmonitored"]);
  assert.equal(stopped["worker.1"]?.[0], "up");
  assert.equal((await place.up("start", "web.1")).code, 0);
  await until(
    async () => (await place.status())["web.1"]?.[0] === "up",
    20_000,
    () => "web.1 is not up",
  );
  assert.deepEqual(await place.up("restart", "wbe"), {
    code: 1,
    stdout: "",
    stderr: "gossamer: There is no wbe here. It is web, worker that runs.\n",
  });

  assert.deepEqual(await place.up("stop"), { code: 0, stdout: "", stderr: "" });
  await place.untilNothingIsLeft();
  assert.match((await place.up("status")).stderr, /^gossamer: Nothing of \S+ runs here\./);
});

test("gossamer up --detach follows a server that goes to the background", async (t) => {
  const place = await Place.open(t, {
    Procfile:
      "custom_web: exec thin start --socket $FOLDER/web.sock --pid $FOLDER/web.pid -l $FOLDER/web.log -e $RACK_ENV -d\n",
    "config.ru": `run ->(env) { [200, {}, ["hello from #{ENV["RACK_ENV"]}"]] }\n`,
  });
  // The line is read by no shell when its pid file is looked for.
  await writeFile(join(place.folder, "shop/.env"), `FOLDER=${place.folder}\n`);
  const went = await place.up("--detach");
  assert.deepEqual([went.code, went.stderr], [0, ""]);
  const pid = await readFile(join(place.folder, "web.pid"), "utf8");
  assert.match(went.stdout, new RegExp(`^custom_web\\.1 is up as ${pid}\n`));
  const where = { port: 0, socketPath: join(place.folder, "web.sock") };
  assert.equal((await ask(where, "/")).text, "hello from development");
  assert.equal((await place.up("stop")).code, 0);
  assert.deepEqual(
    ["web.sock", "web.pid"].map((name) => existsSync(join(place.folder, name))),
    [false, false],
  );
  await place.untilNothingIsLeft();
});

test("gossamer up --detach ends all of it when something does not come up, and says where to look", async (t) => {
  const place = await Place.open(t, {
    Procfile: `web: echo no luck; exit 3\nworker: ${FOREVER}\n`,
  });
  const { code, stdout, stderr } = await place.up("--detach");
  assert.deepEqual([code, stdout], [1, ""]);
  assert.match(
    stderr,
    /^gossamer: web\.1 does not stay up, so all has been stopped\. \S+\/shop\/log\/web\.1\.log may say why\.\n$/,
  );
  assert.match(await place.file("log/web.1.log"), /^no luck$/m);
  await place.untilNothingIsLeft();
});

test("gossamer up --detach refuses what a supervisor cannot do", async (t) => {
  const place = await Place.open(t, { Procfile: `web: ${FOREVER}\n` });
  const { code, stderr } = await place.up("--detach", "-c", "web");
  assert.equal(code, 2);
  assert.match(
    stderr,
    /^gossamer: With --detach, all that ends is started again\. Leave --can-die out/,
  );
  assert.deepEqual(await place.family(), []);
});
