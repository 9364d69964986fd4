import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import {
  chmod,
  cp,
  mkdir,
  readdir,
  readFile,
  rename,
  stat,
  utimes,
  writeFile,
} from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { connectTls, tlsFile } from "../fixtures/tls/index.ts";
import { RawClient } from "../harness/http.ts";
import { descendants, isAlive, until, untilGone } from "../harness/processes.ts";
import { startCommand } from "../harness/server.ts";
import { ask } from "../server/ask.ts";
import { Load } from "../server/load.ts";
import { parentOf, type Ran, type Site, site } from "./daemon.ts";

const HI = 'run ->(_) { [200, { "content-type" => "text/plain" }, ["hi"]] }';
const TIME = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4} `;
const PID_FILE = "tmp/pids/thin.pid";

function at(place: Site) {
  return { port: 0, socketPath: place.socket };
}

async function writePid(place: Site, text: string): Promise<void> {
  await mkdir(join(place.folder, "tmp/pids"), { recursive: true });
  await writeFile(join(place.folder, PID_FILE), text);
}

/** A process of no concern, ended with the test. */
function stranger(t: TestContext, command = "sleep", words = ["300"]): number {
  const child = spawn(command, words, { stdio: "ignore" });
  t.after(async () => {
    child.kill("SIGKILL");
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  });
  return child.pid ?? 0;
}

/** What tells that a file was written to or put in the place of another. */
async function stampOf(path: string) {
  const { ino, mtimeMs, ctimeMs } = await stat(path);
  return { ino, mtimeMs, ctimeMs };
}

test("thin start -d returns once the app answers, in a process of its own", async (t) => {
  const place = await site(t, HI);
  assert.deepEqual(await place.start("--tag", "x"), { code: 0, stdout: "", stderr: "" });
  assert.equal((await ask(at(place), "/")).text, "hi");
  const pid = await place.pid();
  const command = await readFile(`/proc/${pid}/cmdline`, "latin1");
  assert.equal(command.replaceAll("\0", " ").trim(), `thin server (${place.socket}) [x]`);
  assert.notEqual(await parentOf(pid), process.pid);
  assert.equal(await readFile(join(place.folder, PID_FILE), "utf8"), String(pid));
  assert.equal((await stat(join(place.folder, PID_FILE))).mode & 0o777, 0o644);
  const log = await place.log();
  assert.match(log, new RegExp(`^${TIME}Writing PID to tmp/pids/thin\\.pid\n`));
  assert.match(log, new RegExp(`${TIME}Listening on ${place.socket}, CTRL\\+C to stop\n$`));
});

test("thin start -d has what the app prints in its log", async (t) => {
  const place = await site(
    t,
    "run ->(env) { puts 'out'; warn 'err'; env['rack.errors'].puts('rack'); [200, {}, ['hi']] }",
  );
  await place.start();
  assert.equal((await ask(at(place), "/")).text, "hi");
  const isThere = async (): Promise<boolean> => {
    const lines = (await place.log()).split("\n");
    return ["out", "err", "rack"].every((word) => lines.includes(word));
  };
  await until(isThere, 10_000, () => place.log());
  assert.equal((await place.thin("stop")).code, 0);
});

test("thin start -d refuses a second server, and leaves the first alone", async (t) => {
  const place = await site(t, HI);
  await place.start();
  const pid = await place.pid();
  const { code, stderr } = await place.start();
  assert.deepEqual(
    [code, stderr],
    [
      1,
      `${PID_FILE} already exists, seems like it's already running (process ID: ${pid}). Stop the process or delete ${PID_FILE}.\n`,
    ],
  );
  assert.equal((await ask(at(place), "/")).text, "hi");
});

test("thin start -d lets one of two win that start at once", async (t) => {
  const place = await site(t, HI);
  const ran = await Promise.all([place.start(), place.start()]);
  const [winner, loser] = ran.sort((a, b) => a.code - b.code);
  assert.deepEqual([winner?.code, loser?.code], [0, 1]);
  assert.match(
    loser?.stderr ?? "",
    /already exists, seems like|another server has just written it/,
  );
  assert.equal((await ask(at(place), "/")).text, "hi");
  assert.equal((await place.thin("stop")).code, 0);
  assert.ok(!existsSync(place.socket));
});

test("thin start -d says why it does not come up, and leaves nothing behind", async (t) => {
  const place = await site(t, "raise 'No luck'");
  const { code, stdout, stderr } = await place.start();
  assert.deepEqual(
    [code, stdout, stderr],
    [
      1,
      "",
      `The app did not load: No luck (RuntimeError) at ${join(place.folder, "config.ru")}:1\n`,
    ],
  );
  assert.match(await place.log(), /No luck/);
  await until(
    async () => Number.isNaN(await place.pid()),
    10_000,
    () => "the pid file stays",
  );
  const names = await readdir(place.folder);
  assert.deepEqual(names.sort(), ["config.ru", "log", "tmp"]);
});

test("thin start -d says `no acceptor` where a port is taken", async (t) => {
  const taken = createServer().listen(0, "127.0.0.1");
  t.after(() => taken.close());
  await once(taken, "listening");
  const address = taken.address();
  const port = typeof address === "object" ? address?.port : 0;
  const place = await site(t, HI);
  const { code, stderr } = await place.thin("start", "-d", "-a", "127.0.0.1", "-p", `${port}`);
  assert.equal(code, 1);
  assert.match(stderr, /^no acceptor \(port is in use or requires root privileges\)/);
});

for (const [what, text] of [
  ["a process that is gone", "4194304"],
  ["nothing", ""],
  ["rubbish", "not a number\n"],
  ["pid 0", "0"],
] as const) {
  test(`thin start -d takes a pid file that tells of ${what} for stale`, async (t) => {
    const place = await site(t, HI);
    await writePid(place, text);
    const { code, stdout } = await place.start();
    assert.equal(code, 0);
    assert.match(stdout, new RegExp(`^${TIME}Deleting stale PID file ${PID_FILE}\n$`));
    assert.equal((await ask(at(place), "/")).text, "hi");
  });
}

test("thin start -d is not fooled by a number that somebody else was given later", async (t) => {
  const place = await site(t, HI);
  await writePid(place, String(stranger(t)));
  const hourAgo = new Date(Date.now() - 3_600_000);
  await utimes(join(place.folder, PID_FILE), hourAgo, hourAgo);
  const { code, stdout } = await place.start();
  assert.equal(code, 0);
  assert.match(stdout, new RegExp(`^${TIME}Deleting stale PID file ${PID_FILE}\n$`));
});

test("thin start -d says which folder it cannot make", async (t) => {
  const place = await site(t, HI);
  await writeFile(join(place.folder, "file"), "");
  const path = join(place.folder, "file/pids");
  const { code, stderr } = await place.start("-P", "file/pids/x.pid");
  assert.deepEqual(
    [code, stderr],
    [
      1,
      `Cannot make the folder ${path}: a part of its path is a file. Name another place with -P FILE.\n`,
    ],
  );
});

/** Answers with a first part, and with the last once the file `go` is there. */
const IN_TWO_PARTS = `run ->(_) { [200, {}, Enumerator.new { |out| out << "first"; sleep 0.01 until File.exist?("go"); out << "last" }] }`;

/** `thin stop` between the two parts of an answer, which comes whole; resolves with how the command went. */
async function stopWhileAnswering(t: TestContext, place: Site): Promise<Ran> {
  const client = await RawClient.open(t, { path: place.socket });
  client.get("/");
  await client.until(Buffer.from("first"));
  const stopping = place.thin("stop");
  await until(
    async () => /Waiting for 1 connection/.test(await place.log()),
    10_000,
    () => place.log(),
  );
  await writeFile(join(place.folder, "go"), "");
  assert.match((await client.rest()).toString(), /last\r\n0\r\n\r\n$/);
  client.socket.destroy();
  return await stopping;
}

test("thin stop lets requests finish, and leaves nothing behind", async (t) => {
  const place = await site(t, IN_TWO_PARTS);
  await place.start();
  const pid = await place.pid();
  const below = await descendants(pid);
  const { code, stdout } = await stopWhileAnswering(t, place);
  assert.equal(code, 0);
  const sent = `${TIME}Sending QUIT signal to process ${pid} \\.\\.\\. \n`;
  const waits = `${TIME}Waiting for 1 connection\\(s\\) to finish, can take up to 30 sec, CTRL\\+C to stop now\n`;
  assert.match(stdout, new RegExp(`^${sent}${waits}${TIME}Exiting!\n$`));
  await untilGone([pid, ...below]);
  assert.deepEqual((await readdir(place.folder)).sort(), ["config.ru", "go", "log", "tmp"]);
  assert.deepEqual(await readdir(join(place.folder, "tmp/pids")), []);
});

test("thin stop -t drops what does not end in time, and leaves nothing behind", async (t) => {
  const place = await site(t, "run ->(_) { sleep }");
  await place.start();
  const pid = await place.pid();
  const below = await descendants(pid);
  const client = await RawClient.open(t, { path: place.socket });
  client.get("/");
  const { code, stdout } = await place.thin("stop", "-t", "1");
  client.socket.destroy();
  assert.equal(code, 0);
  assert.match(stdout, new RegExp(`Timeout!\n${TIME}Sending INT signal to process ${pid}`));
  assert.doesNotMatch(stdout, /Sending KILL/);
  await untilGone([pid, ...below]);
  assert.ok(!existsSync(place.socket));
  assert.ok(Number.isNaN(await place.pid()));
});

test("thin stop kills a server that does not even hear INT, and all that is below it", async (t) => {
  const place = await site(t, HI);
  await place.start();
  const pid = await place.pid();
  const below = await descendants(pid);
  process.kill(pid, "SIGSTOP");
  const { code, stdout } = await place.thin("stop", "-f");
  assert.equal(code, 0);
  assert.match(stdout, new RegExp(`Timeout!\n${TIME}Sending KILL signal to process ${pid}`));
  await untilGone([pid, ...below]);
  assert.ok(Number.isNaN(await place.pid()));
  assert.equal((await place.start()).code, 0);
});

test("thin stop -f ends it now, and still lets it tidy up", async (t) => {
  const place = await site(t, "run ->(_) { sleep }");
  await place.start();
  const client = await RawClient.open(t, { path: place.socket });
  client.get("/");
  const { code, stdout } = await place.thin("stop", "-f");
  client.socket.destroy();
  assert.equal(code, 0);
  assert.match(stdout, /Sending INT signal[\s\S]*Stopping \.\.\.[\s\S]*Exiting!\n$/);
  assert.ok(!existsSync(place.socket));
});

test("thin stop says so where nothing is to be stopped, and cleans up", async (t) => {
  const place = await site(t, HI);
  const none = await place.thin("stop");
  assert.deepEqual(
    [none.code, none.stderr],
    [1, `Can't stop process, no PID found in ${PID_FILE}\n`],
  );
  await writePid(place, "4194304");
  const gone = await place.thin("stop");
  assert.equal(gone.code, 1);
  assert.match(
    gone.stdout,
    /Sending QUIT signal to process 4194304 \.\.\. \n.*process not found!\n/,
  );
  assert.ok(!existsSync(join(place.folder, PID_FILE)));
});

test("thin stop does not signal a stranger that has the number by now, not even one that has to do with a thin", async (t) => {
  const place = await site(t, HI);
  const reader = ["-f", "/dev/null", "log/thin.log"];
  for (const pid of [stranger(t), stranger(t, "tail", reader)]) {
    await writePid(place, String(pid));
    const hourAgo = new Date(Date.now() - 3_600_000);
    await utimes(join(place.folder, PID_FILE), hourAgo, hourAgo);
    const { code, stdout } = await place.thin("stop");
    assert.equal(code, 1);
    assert.match(stdout, /process not found!/);
    assert.ok(await isAlive(pid));
  }
});

test("thin restart brings new code with the same pid, and fails when that does not load", async (t) => {
  const place = await site(t, HI);
  await place.start();
  const pid = await place.pid();
  await writeFile(join(place.folder, "config.ru"), HI.replace("hi", "new"));
  const good = await place.thin("restart");
  assert.equal(good.code, 0);
  assert.match(
    good.stdout,
    new RegExp(`^${TIME}Sending HUP signal to process ${pid} \\.\\.\\. \n`),
  );
  assert.equal((await ask(at(place), "/")).text, "new");
  await writeFile(join(place.folder, "config.ru"), "raise 'No luck'");
  const bad = await place.thin("restart");
  assert.equal(bad.code, 1);
  assert.match(bad.stderr, /^The restart failed, and the old workers serve on: .*No luck/);
  assert.equal((await ask(at(place), "/")).text, "new");
  assert.equal(await place.pid(), pid);
});

const GATED = `File.write("loading", "")\nsleep 0.01 until File.exist?("go")\n`;

test("thin restart brings new code and fails all the same where the new TLS files are of no use", async (t) => {
  const place = await site(t, HI);
  const take = async (key: string): Promise<void> => {
    await cp(tlsFile(key), join(place.folder, "a.key"));
    await cp(tlsFile("localhost.crt"), join(place.folder, "a.crt"));
  };
  await take("localhost.key");
  const tls = ["--ssl", "--ssl-key-file", "a.key", "--ssl-cert-file", "a.crt"];
  const started = await place.thin("start", "-d", "-a", "127.0.0.1", "-p", "0", ...tls);
  assert.equal(started.code, 0, started.stderr);
  const [, port] = /Listening on 127\.0\.0\.1:(\d+)/.exec(await place.log()) ?? [];
  await take("other.key");
  await writeFile(join(place.folder, "config.ru"), HI.replace("hi", "new"));
  const { code, stderr } = await place.thin("restart");
  const key = join(place.folder, "a.key");
  assert.equal(code, 1);
  assert.match(
    stderr,
    new RegExp(
      `^The new workers serve, but the old TLS key and certificate stay: The TLS key ${key} does not belong .*\n$`,
    ),
  );
  const socket = connectTls(Number(port), { rejectUnauthorized: false });
  t.after(() => socket.destroy());
  const client = new RawClient(socket);
  client.get("/");
  assert.equal((await client.read()).text, "new");
  assert.equal(String(socket.getPeerCertificate().subject.CN), "localhost");
  assert.equal((await place.thin("stop")).code, 0);
});

test("thin restart waits for a server that still loads its app", async (t) => {
  const place = await site(t, GATED + HI);
  const starting = place.start();
  await until(
    () => existsSync(join(place.folder, "loading")),
    20_000,
    () => "it does not load",
  );
  const restarting = place.thin("restart");
  await writeFile(join(place.folder, "config.ru"), HI.replace("hi", "new"));
  await writeFile(join(place.folder, "go"), "");
  const [started, restarted] = [await starting, await restarting];
  assert.deepEqual([started.code, restarted.code, restarted.stderr], [0, 0, ""]);
  assert.equal((await ask(at(place), "/")).text, "new");
});

test("thin restart fails when the server that still loads its app ends", async (t) => {
  const place = await site(t, `${GATED}raise "No luck"`);
  const starting = place.start();
  await until(
    () => existsSync(join(place.folder, "loading")),
    20_000,
    () => "it does not load",
  );
  const command = startCommand(t, "thin", ["restart"], {
    cwd: place.folder,
    env: { TMPDIR: place.folder },
  });
  await command.waitForLine(/Sending HUP signal/);
  await writeFile(join(place.folder, "go"), "");
  assert.equal((await starting).code, 1);
  assert.equal((await command.exited).code, 1);
  assert.match(
    command.stderr(),
    /^Process \d+ ended before it could restart\. Its log says why\.\n$/,
  );
});

test("thin restart finds a server that has its temporary files elsewhere", async (t) => {
  const place = await site(t, HI);
  await place.start();
  const elsewhere = join(place.folder, "elsewhere");
  await mkdir(elsewhere);
  const command = startCommand(t, "thin", ["restart"], {
    cwd: place.folder,
    env: { TMPDIR: elsewhere },
  });
  assert.deepEqual([(await command.exited).code, command.stderr()], [0, ""]);
});

test("thin restart says so where nothing runs", async (t) => {
  const place = await site(t, HI);
  assert.equal(
    (await place.thin("restart")).stderr,
    `Can't stop process, no PID found in ${PID_FILE}\n`,
  );
  await writePid(place, "4194304");
  const gone = await place.thin("restart");
  assert.equal(gone.code, 1);
  assert.match(gone.stderr, /^Process 4194304 is gone, so there is nothing to restart/);
});

test("thin restart and HUP, twenty times each under load, lose no request and leave the pid file alone", async (t) => {
  const place = await site(t, HI);
  await place.start();
  const pid = await place.pid();
  const before = await stampOf(join(place.folder, PID_FILE));
  const load = new Load(t, at(place), "/", 32);
  for (let round = 0; round < 20; round++) {
    assert.equal((await place.thin("restart")).code, 0);
    // The next order waits until this one is carried out.
    process.kill(pid, "SIGHUP");
    await load.more(50);
  }
  assert.equal((await place.thin("restart")).code, 0);
  assert.equal((await place.log()).match(/Restarting \.\.\.\n/g)?.length, 41);
  const { failures, answered } = await load.stop();
  assert.deepEqual(failures, []);
  assert.ok(answered > 1_000);
  assert.equal(await readFile(join(place.folder, PID_FILE), "utf8"), String(pid));
  assert.deepEqual(await stampOf(join(place.folder, PID_FILE)), before);
  assert.equal((await place.thin("stop")).code, 0);
});

test("thin start -t 0 has restart and QUIT wait for what is under way", async (t) => {
  const place = await site(
    t,
    `run ->(env) {
      name = env["PATH_INFO"].delete("/")
      File.write("#{name}-began", "") unless name.empty?
      sleep 0.01 until name.empty? || File.exist?(name)
      [200, {}, ["hi"]]
    }`,
  );
  await place.start("-t", "0");
  const pid = await place.pid();
  const began = (name: string): Promise<void> =>
    until(
      () => existsSync(join(place.folder, `${name}-began`)),
      10_000,
      () => `${name} never began`,
    );
  const first = ask(at(place), "/first");
  await began("first");
  assert.equal((await place.thin("restart")).code, 0);
  await writeFile(join(place.folder, "first"), "");
  assert.equal((await first).text, "hi");
  const second = ask(at(place), "/second");
  await began("second");
  process.kill(pid, "SIGQUIT");
  await until(
    async () => /Waiting for 1 connection/.test(await place.log()),
    10_000,
    () => place.log(),
  );
  await writeFile(join(place.folder, "second"), "");
  assert.equal((await second).text, "hi");
  await untilGone([pid]);
});

test("thin start -d reopens its log on USR1 and loses no line", async (t) => {
  const place = await site(t, HI);
  await place.start();
  const pid = await place.pid();
  const log = join(place.folder, "log/thin.log");
  await rename(log, `${log}.1`);
  process.kill(pid, "SIGUSR1");
  await until(
    () => existsSync(log),
    10_000,
    () => "no new log",
  );
  assert.match(await readFile(`${log}.1`, "utf8"), new RegExp(`Reopening log file: ${log}\n$`));
  assert.equal((await place.thin("stop")).code, 0);
  assert.match(await place.log(), /Exiting!\n$/);
});

const WHO = 'run ->(_) { [200, {}, [Process.uid.to_s, " ", Process.gid.to_s, " ", ENV["USER"]]] }';

test("thin start -d -u -g binds, and then is that user for good", async (t) => {
  if (process.getuid?.() !== 0) return t.skip("only root can become another user");
  const place = await site(t, WHO);
  await chmod(place.folder, 0o777);
  const { code, stderr } = await place.start("-u", "nobody", "-g", "nogroup");
  assert.deepEqual([code, stderr], [0, ""]);
  assert.equal((await ask(at(place), "/")).text, "65534 65534 nobody");
  const pid = await place.pid();
  const owners = await Promise.all(
    [PID_FILE, "log/thin.log"].map((name) => stat(join(place.folder, name))),
  );
  assert.deepEqual(
    owners.map(({ uid }) => uid),
    [65_534, 65_534],
  );
  for (const one of [pid, ...(await descendants(pid))]) {
    const status = await readFile(`/proc/${one}/status`, "latin1");
    assert.match(status, /^Uid:\t65534\t65534\t65534\t65534\n/m);
    assert.match(status, /^Groups:\t65534 ?$/m);
  }
  assert.match(await place.log(), /Changing process privilege to nobody:nogroup\n/);
  assert.equal((await place.thin("restart")).code, 0);
  assert.equal((await place.thin("stop")).code, 0);
  assert.deepEqual(await readdir(join(place.folder, "tmp/pids")), []);
});

test("thin stop lets requests finish where the user may not remove the socket that root has bound", async (t) => {
  if (process.getuid?.() !== 0) return t.skip("only root can become another user");
  const place = await site(t, IN_TWO_PARTS);
  await chmod(place.folder, 0o755);
  assert.equal((await place.start("-u", "nobody", "-g", "nogroup")).code, 0);
  assert.equal((await stopWhileAnswering(t, place)).code, 0);
  assert.match(await place.log(), /Exiting!\n$/);
  assert.equal((await place.start()).code, 0);
  assert.equal((await place.thin("stop")).code, 0);
});

test("thin start refuses a user that nobody is", async (t) => {
  const place = await site(t, HI);
  const { code, stderr } = await place.start("-u", "no-such-user", "-g", "nogroup");
  assert.deepEqual([code, stderr], [1, "can't find user for no-such-user\n"]);
});
