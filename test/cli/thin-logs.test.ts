import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { chmod, mkdir, readdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { RawClient } from "../harness/http.ts";
import { until } from "../harness/processes.ts";
import { appFolder, serve, start, startCommand } from "../harness/server.ts";
import { ask } from "../server/ask.ts";
import { type Site, site } from "./daemon.ts";

const HI = 'run ->(_) { [200, { "content-type" => "text/plain" }, ["hi"]] }';
const TIME = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4} `;
const LINE = /^127\.0\.0\.1 - - \[[^\]]+\] "GET (\S+) HTTP\/1\.1" 200 2 "-" "-"$/;

function at(place: Site, member?: number) {
  const name = member === undefined ? "web.sock" : `web.${member}.sock`;
  return { port: 0, socketPath: join(place.folder, name) };
}

async function read(place: Site, name: string): Promise<string> {
  return await readFile(join(place.folder, name), "utf8").catch(() => "");
}

/** The targets of a log's lines, which are lines of the access log all. */
function targets(text: string): readonly (string | undefined)[] {
  return text
    .trimEnd()
    .split("\n")
    .map((line) => LINE.exec(line)?.[1] ?? line);
}

test("thin start --access-log writes a line for each request, and by default there is none", async (t) => {
  const app = await appFolder(t, HI);
  const without = await serve(t, { app, command: "thin" });
  await ask(without, "/");
  assert.equal((await without.stop()).code, 0);
  assert.doesNotMatch(without.stdout(), /GET/);
  assert.deepEqual(await readdir(app), ["config.ru"]);
  const thin = await serve(t, { app, command: "thin", args: ["--access-log", "log/access.log"] });
  await ask(thin, "/a");
  await ask(thin, "/b");
  assert.equal((await thin.stop()).code, 0);
  const text = await readFile(join(app, "log/access.log"), "utf8");
  assert.deepEqual(targets(text), ["/a", "/b"]);
});

test("thin start -d keeps its access log beside its log, and opens both anew", async (t) => {
  const place = await site(t, HI);
  const { code, stderr } = await place.start("--access-log", "log/access.log");
  assert.deepEqual([code, stderr], [0, ""]);
  await ask(at(place), "/1");
  for (const name of ["thin", "access"]) {
    await rename(join(place.folder, `log/${name}.log`), join(place.folder, `log/${name}.log.1`));
  }
  await ask(at(place), "/2");
  process.kill(await place.pid(), "SIGUSR1");
  await until(
    () => ["thin", "access"].every((name) => existsSync(join(place.folder, `log/${name}.log`))),
    10_000,
    () => "no new logs",
  );
  await ask(at(place), "/3");
  assert.equal((await place.thin("stop")).code, 0);
  assert.deepEqual(targets(await read(place, "log/access.log.1")), ["/1", "/2"]);
  assert.deepEqual(targets(await read(place, "log/access.log")), ["/3"]);
  assert.match(await read(place, "log/thin.log.1"), /Reopening log file: \S+thin\.log\n$/);
});

test("thin start -d --access-log - writes to the log of the daemon, also after it was opened anew", async (t) => {
  const place = await site(t, HI);
  assert.equal((await place.start("--access-log", "-")).code, 0);
  await ask(at(place), "/1");
  const log = join(place.folder, "log/thin.log");
  await rename(log, `${log}.1`);
  process.kill(await place.pid(), "SIGUSR1");
  await until(
    () => existsSync(log),
    10_000,
    () => "no new log",
  );
  await ask(at(place), "/2");
  assert.equal((await place.thin("stop")).code, 0);
  assert.match(await read(place, "log/thin.log.1"), /"GET \/1 HTTP\/1\.1" 200/);
  assert.match(await place.log(), /"GET \/2 HTTP\/1\.1" 200[\s\S]*Exiting!\n$/);
});

test("thin start -d with root's rights gone opens its logs anew as who it is", async (t) => {
  if (process.getuid?.() !== 0) return t.skip("only root can become another user");
  const place = await site(t, HI);
  await chmod(place.folder, 0o755);
  const options = ["-u", "nobody", "-g", "nogroup", "--access-log", "web/log/access.log"];
  const { code, stderr } = await place.start(...options);
  assert.deepEqual([code, stderr], [0, ""]);
  const files = ["log/thin.log", "web/log/access.log"].map((name) => join(place.folder, name));
  await ask(at(place), "/1");
  for (const file of files) await rename(file, `${file}.1`);
  process.kill(await place.pid(), "SIGUSR1");
  await until(
    () => files.every((file) => existsSync(file)),
    10_000,
    async () => `no new logs:\n${await read(place, "log/thin.log.1")}`,
  );
  await ask(at(place), "/2");
  const stats = await Promise.all(files.flatMap((file) => [stat(file), stat(`${file}.1`)]));
  assert.deepEqual(
    stats.map(({ uid, gid }) => [uid, gid]),
    stats.map(() => [65_534, 65_534]),
  );
  assert.equal((await place.thin("stop")).code, 0);
  assert.deepEqual(targets(await read(place, "web/log/access.log.1")), ["/1"]);
  assert.deepEqual(targets(await read(place, "web/log/access.log")), ["/2"]);
});

test("thin start -d -u says so where that user may not open a log anew, and goes on", async (t) => {
  if (process.getuid?.() !== 0) return t.skip("only root can become another user");
  const place = await site(t, HI);
  await chmod(place.folder, 0o755);
  await mkdir(join(place.folder, "roots"));
  const access = join(place.folder, "roots/access.log");
  await place.start("-u", "nobody", "-g", "nogroup", "--access-log", access);
  await ask(at(place), "/1");
  await rename(access, `${access}.1`);
  process.kill(await place.pid(), "SIGUSR1");
  await until(
    async () => (await place.log()).includes(`Cannot open ${access} anew: permission denied.`),
    10_000,
    () => place.log(),
  );
  await ask(at(place), "/2");
  assert.equal((await place.thin("stop")).code, 0);
  assert.deepEqual(targets(await read(place, "roots/access.log.1")), ["/1", "/2"]);
});

test("thin start -s gives each server an access log of its own, and passes the formats on", async (t) => {
  const place = await site(t, HI);
  const options = ["-s", "2", "-S", place.socket, "--log-format", "json"];
  const access = ["--access-log", "log/access.log", "--access-log-format", "common"];
  const { code, stderr } = await place.thin("start", ...options, ...access);
  assert.deepEqual([code, stderr], [0, ""]);
  for (const member of [0, 1]) await ask(at(place, member), `/${member}`);
  assert.equal((await place.thin("stop", ...options)).code, 0);
  for (const member of [0, 1]) {
    const line = await read(place, `log/access.${member}.log`);
    assert.match(line, new RegExp(`^\\S+ - - \\[.+\\] "GET /${member} HTTP/1\\.1" 200 2\n$`));
    const log = (await read(place, `log/thin.${member}.log`)).trimEnd().split("\n");
    const facts = log.map((one) => JSON.parse(one).fact);
    assert.equal(facts[0], "server-starting");
    assert.ok(facts.includes("server-listening"));
    assert.equal(facts.at(-1), "server-stopped");
  }
});

test("thin start --log-format json logs facts, and text logs as Thin does", async (t) => {
  const app = await appFolder(t, HI);
  const json = await serve(t, { app, command: "thin", args: ["--log-format=json"] });
  assert.equal((await json.stop()).code, 0);
  const facts = json
    .stdout()
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line).fact);
  assert.equal(facts[0], "server-starting");
  assert.equal(facts.at(-1), "server-stopped");
  const env = { GOSSAMER_LOG_FORMAT: "json" };
  const text = await serve(t, { app, command: "thin", args: ["--log-format", "text"], env });
  assert.equal((await text.stop()).code, 0);
  assert.match(text.stdout(), new RegExp(`^${TIME}Using rack adapter\n`));
});

test("thin -C reads and thin config writes the options of the logs", async (t) => {
  const place = await site(t, HI);
  const options = ["-S", place.socket, "--access-log", "-", "--access-log-format", "json"];
  const file = join(place.folder, "thin.yml");
  assert.equal(
    (await place.thin("config", "-C", file, ...options, "--log-format", "json")).code,
    0,
  );
  const yaml = await readFile(file, "utf8");
  assert.match(yaml, /^access_log: "-"\naccess_log_format: json\nlog_format: json\n/m);
  assert.equal((await place.thin("start", "-C", file)).code, 0);
  await ask(at(place), "/?from=yaml");
  assert.equal((await place.thin("stop", "-C", file)).code, 0);
  const lines = (await place.log())
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.equal(lines.find(({ fact }) => fact === "request-ended")?.query, "from=yaml");
});

test("thin start -V traces requests and responses, and says so in its banner", async (t) => {
  const thin = await serve(t, { app: await appFolder(t, HI), command: "thin", args: ["-V"] });
  const client = await RawClient.open(t, { port: thin.port });
  client.send("GET /x HTTP/1.1\r\nHost: a\r\nCookie: secret\r\n\r\n");
  await client.read();
  client.socket.destroy();
  await thin.stop();
  const said = thin.stdout();
  assert.match(said, new RegExp(`^${TIME}Tracing ON\n${TIME}Maximum connections`, "m"));
  assert.match(
    said,
    new RegExp(`^${TIME}GET /x HTTP/1\\.1\r\nHost: a\r\nCookie: secret\r\n\r\n\n`, "m"),
  );
  assert.match(said, new RegExp(`^${TIME}HTTP/1\\.1 200 OK\r\n(?:[^\n]+\n)*\r\nhi\n`, "m"));
});

test("thin start -q says nothing at all, and -q -V is refused", async (t) => {
  const place = await site(t, HI);
  const quiet = startCommand(t, "thin", ["start", "-q", "-S", place.socket, "--no-epoll"], {
    cwd: place.folder,
    env: { TMPDIR: place.folder },
  });
  const answers = async (): Promise<boolean> =>
    (await ask(at(place), "/").catch(() => undefined))?.text === "hi";
  await until(answers, 20_000, () => `nobody answers: ${quiet.stderr()}`);
  assert.equal((await quiet.stop()).code, 0);
  assert.equal(quiet.stdout() + quiet.stderr(), "");
  for (const command of ["start", "stop", "config"]) {
    const { code, stdout, stderr } = await place.thin(command, "-q", "-V", "-C", "x.yml");
    assert.deepEqual([code, stdout], [1, ""], command);
    if (command === "config")
      assert.match(stderr, /^trace logger must respond to level \(ArgumentError\)/);
  }
  const { stderr } = await place.thin("start", "-qV");
  assert.equal(
    stderr,
    "trace logger must respond to level (ArgumentError): with -q there is none. Leave out -q or -V.\n",
  );
});

test("thin start -q -d says nothing in the log either", async (t) => {
  const place = await site(t, HI);
  const started = await place.start("-q");
  assert.deepEqual(started, { code: 0, stdout: "", stderr: "" });
  assert.equal((await ask(at(place), "/")).text, "hi");
  assert.equal((await place.thin("stop", "-q")).stdout, "");
  assert.equal(await place.log(), "");
});

test("thin start --no-epoll is told once that it means nothing", async (t) => {
  const place = await site(t, HI);
  const { code, stderr } = await place.start("--no-epoll");
  assert.deepEqual(
    [code, stderr],
    [0, "WARNING: --no-epoll means nothing here: Node itself waits for its sockets\n"],
  );
  assert.doesNotMatch(await place.log(), /epoll/);
  assert.equal((await place.thin("stop")).code, 0);
});

test("thin start --max-persistent-conns closes the connections beyond after their answers", async (t) => {
  const args = ["--max-persistent-conns", "1"];
  const thin = await serve(t, { app: await appFolder(t, HI), command: "thin", args });
  const first = await RawClient.open(t, { port: thin.port });
  first.get("/");
  assert.equal((await first.read()).field("connection"), undefined);
  const second = await RawClient.open(t, { port: thin.port });
  second.get("/");
  assert.equal((await second.read()).field("connection"), "close");
  assert.equal((await second.rest()).length, 0);
  first.get("/");
  assert.equal((await first.read()).text, "hi");
  first.socket.destroy();
  assert.equal((await thin.stop()).code, 0);
});

test("thin start -b is refused, and what there is in its place is named", async (t) => {
  const place = await site(t, HI);
  const { code, stdout, stderr } = await place.thin("start", "-b", "Thin::Backends::UnixServer");
  assert.deepEqual([code, stdout], [1, ""]);
  assert.match(stderr, /^-b, --backend is not in Gossamer\. .*--socket.*--swiftiply.*\n$/);
});

const WRONG: readonly (readonly [readonly string[], string])[] = [
  [["--log-format", "xml"], '--log-format: expected text or json, got "xml".'],
  [
    ["--access-log-format=nginx"],
    '--access-log-format: expected combined or common or json, got "nginx".',
  ],
  [["--access-log="], '--access-log: expected a file, or - for standard output, got "".'],
  [
    ["--access-log", "config.ru/x"],
    "Cannot write the log %/config.ru/x: its folder is a file. Name another with --access-log FILE.",
  ],
];

for (const [args, complaint] of WRONG) {
  test(`thin start says in one line what is wrong with ${args.join(" ")}, in the background too`, async (t) => {
    const app = await appFolder(t, HI);
    const thin = start(t, { app, command: "thin", args });
    assert.equal((await thin.exited).code, 1);
    assert.equal(thin.stderr(), `${complaint.replace("%", app)}\n`);
    const place = await site(t, HI);
    await writeFile(join(place.folder, "web.log"), "");
    const { code, stderr } = await place.start(...args);
    assert.equal(code, 1);
    assert.equal(stderr, `${complaint.replace("%", place.folder)}\n`);
    assert.ok(Number.isNaN(await place.pid()));
  });
}
