import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { isForCluster, membersOf } from "../../src/cli/thin-members.ts";
import { ask } from "../server/ask.ts";
import { Load } from "../server/load.ts";
import { type Site, site } from "./daemon.ts";

const HI = 'run ->(_) { [200, { "content-type" => "text/plain" }, ["hi"]] }';
const LINE = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4} `;

/** The members that these options make: label, and what each has of its own. */
function members(options: Readonly<Record<string, string>>) {
  const all = membersOf(new Map(Object.entries({ log: "log/thin.log", ...options })));
  return all.map(({ label, given }) => [
    label,
    given.get("pid"),
    given.get("log"),
    given.get("port") ?? given.get("socket"),
  ]);
}

test("membersOf() counts ports on, and names pid files and logs after them", () => {
  assert.deepEqual(members({ servers: "2", port: "4120" }), [
    ["0.0.0.0:4120", "tmp/pids/thin.4120.pid", "log/thin.4120.log", "4120"],
    ["0.0.0.0:4121", "tmp/pids/thin.4121.pid", "log/thin.4121.log", "4121"],
  ]);
});

test("membersOf() counts sockets from 0", () => {
  assert.deepEqual(members({ servers: "2", socket: "tmp/thin.sock", pid: "noext" }), [
    ["tmp/thin.0.sock", "noext.0", "log/thin.0.log", "tmp/thin.0.sock"],
    ["tmp/thin.1.sock", "noext.1", "log/thin.1.log", "tmp/thin.1.sock"],
  ]);
});

test("membersOf() takes -o for a member below 80, and for a port above", () => {
  const labels = (options: Readonly<Record<string, string>>) =>
    members(options).map(([label]) => label);
  assert.deepEqual(labels({ servers: "3", port: "4120", only: "1" }), ["0.0.0.0:4121"]);
  assert.deepEqual(labels({ only: "4121", port: "4120" }), ["0.0.0.0:4121"]);
  assert.deepEqual(labels({ only: "90", socket: "a.sock" }), ["a.90.sock"]);
  assert.deepEqual(labels({ servers: "x" }), []);
});

test("isForCluster() takes -s and -o for a cluster, and nothing else", () => {
  const is = (options: Readonly<Record<string, string>>) =>
    isForCluster(new Map(Object.entries(options)));
  assert.deepEqual([is({ servers: "1" }), is({ only: "0" })], [true, true]);
  assert.deepEqual([is({}), is({ port: "3000", wait: "1", all: "/etc/thin" })], [false, false]);
});

test("membersOf() leaves out what only the cluster as a whole knows", () => {
  const options = ["servers", "only", "onebyone", "wait", "all"].map((key) => [key, "1"] as const);
  const [member] = membersOf(new Map([...options, ["port", "4120"], ["tag", "x"]]));
  assert.deepEqual([...(member?.given.keys() ?? [])].sort(), [
    "daemonize",
    "log",
    "pid",
    "port",
    "tag",
  ]);
});

function at(place: Site, member: number) {
  return { port: 0, socketPath: join(place.folder, `web.${member}.sock`) };
}

test("thin start -s runs servers side by side, and stop ends them all", async (t) => {
  const place = await site(t, HI);
  const started = await place.thin("start", "-s", "3", "-S", place.socket);
  assert.deepEqual([started.code, started.stderr], [0, ""]);
  for (const member of [0, 1, 2]) {
    assert.match(
      started.stdout,
      new RegExp(`^${LINE}Starting server on ${at(place, member).socketPath} \\.\\.\\. $`, "m"),
    );
    assert.equal((await ask(at(place, member), "/")).text, "hi");
    assert.ok((await place.pid(member)) > 0);
    assert.ok(existsSync(join(place.folder, `log/thin.${member}.log`)));
  }
  const one = await place.thin("stop", "-s", "3", "-S", place.socket, "-o", "1");
  assert.equal(one.code, 0);
  assert.deepEqual(
    [0, 1, 2].map((member) => existsSync(at(place, member).socketPath)),
    [true, false, true],
  );
  const rest = await place.thin("stop", "-s", "3", "-S", place.socket);
  assert.equal(rest.code, 1, "one of them was not there");
  assert.match(rest.stderr, /web\.1\.sock: Can't stop process, no PID found in tmp\/pids\/thin\.1/);
  assert.ok(![0, 1, 2].some((member) => existsSync(at(place, member).socketPath)));
});

test("thin start -s passes every option on, lists and blanks too", async (t) => {
  const place = await site(
    t,
    "run ->(_) { [200, {}, [$seen.join(' '), ' in ', ENV['RACK_ENV']]] }",
  );
  await writeFile(join(place.folder, "one.rb"), "$seen = ['one']");
  await writeFile(join(place.folder, "two it's.rb"), "$seen << 'two'");
  const words = [
    "-r",
    "./one",
    "-r",
    "./two it's",
    "--max_conns=9",
    "-e",
    "staging",
    "--tag",
    "a b",
  ];
  const options = ["-s", "1", "-S", place.socket];
  const { code, stderr } = await place.thin("start", ...options, ...words);
  assert.deepEqual([code, stderr], [0, ""]);
  assert.equal((await ask(at(place, 0), "/")).text, "one two in staging");
  const log = await readFile(join(place.folder, "log/thin.0.log"), "utf8");
  assert.match(log, /Maximum connections set to 9$/m);
  const title = await readFile(`/proc/${await place.pid(0)}/cmdline`, "latin1");
  assert.match(title, /^thin server \(.*web\.0\.sock\) \[a b\]/);
  assert.equal((await place.thin("stop", ...options)).code, 0);
});

test("thin start -s says which server does not come up, and fails", async (t) => {
  const place = await site(t, "raise 'No luck'");
  const { code, stderr } = await place.thin("start", "-s", "2", "-S", place.socket);
  assert.equal(code, 1);
  for (const member of [0, 1])
    assert.match(stderr, new RegExp(`web\\.${member}\\.sock: .*No luck`));
});

for (const words of [[], ["-O"]]) {
  test(`thin restart -s ${words.join("")} brings new code and loses no request`, async (t) => {
    const place = await site(t, HI);
    const options = ["-s", "2", "-S", place.socket];
    await place.thin("start", ...options);
    const pids = [await place.pid(0), await place.pid(1)];
    const loads = [0, 1].map((member) => new Load(t, at(place, member), "/", 4));
    await writeFile(join(place.folder, "config.ru"), HI.replace("hi", "new"));
    const { code, stdout } = await place.thin("restart", ...words, ...options);
    assert.equal(code, 0);
    assert.equal(/Waiting for server to start/.test(stdout), words.length > 0);
    await Promise.all(loads.map((load) => load.until(({ texts }) => texts.includes("new"))));
    for (const load of loads) assert.deepEqual((await load.stop()).failures, []);
    assert.deepEqual([await place.pid(0), await place.pid(1)], pids);
    assert.equal((await place.thin("stop", ...options)).code, 0);
  });
}

test("thin restart -O stops at the first server that does not come up, and none is lost", async (t) => {
  const place = await site(t, HI);
  const options = ["-s", "2", "-S", place.socket];
  await place.thin("start", ...options);
  await writeFile(join(place.folder, "config.ru"), "raise 'No luck'");
  const { code, stdout, stderr } = await place.thin("restart", "-O", ...options);
  assert.equal(code, 1);
  assert.match(
    stderr,
    /^.*web\.0\.sock: The restart failed, and the old workers serve on: .*No luck/,
  );
  assert.doesNotMatch(stdout, /Restarting server on .*web\.1\.sock/);
  for (const member of [0, 1]) assert.equal((await ask(at(place, member), "/")).text, "hi");
  assert.equal((await place.thin("stop", ...options)).code, 0);
});

test("thin restart -O -w says when a server takes too long", async (t) => {
  const place = await site(t, HI);
  const options = ["-s", "2", "-S", place.socket];
  await place.thin("start", ...options);
  await writeFile(join(place.folder, "config.ru"), `sleep 0.01 until File.exist?('go')\n${HI}`);
  const { code, stderr } = await place.thin("restart", "-O", "-w", "1", ...options);
  assert.equal(code, 1);
  assert.match(stderr, /The server didn't start in time\. Please look at server's log file/);
  await writeFile(join(place.folder, "go"), "");
  assert.equal((await ask(at(place, 1), "/")).text, "hi");
  assert.equal((await place.thin("stop", ...options)).code, 0);
});

test("thin restart -s starts a server that is not there", async (t) => {
  const place = await site(t, HI);
  const options = ["-s", "2", "-S", place.socket];
  await place.thin("start", ...options, "-o", "0");
  const { code, stdout } = await place.thin("restart", ...options);
  assert.equal(code, 0);
  assert.match(
    stdout,
    /Restarting server on .*web\.0\.sock[\s\S]*Starting server on .*web\.1\.sock/,
  );
  for (const member of [0, 1]) assert.equal((await ask(at(place, member), "/")).text, "hi");
  assert.equal((await place.thin("stop", ...options)).code, 0);
});

test("thin -C runs the cluster that a file describes", async (t) => {
  const place = await site(t, HI);
  const file = join(place.folder, "thin.yml");
  await writeFile(file, `---\nsocket: <%= "${place.socket}" %>\nservers: 2\nonebyone: true\n`);
  for (const command of ["start", "restart", "stop"]) {
    const { code, stderr } = await place.thin(command, "-C", file);
    assert.deepEqual([code, stderr], [0, ""], command);
    if (command === "stop") break;
    for (const member of [0, 1]) assert.equal((await ask(at(place, member), "/")).text, "hi");
  }
  assert.ok(![0, 1].some((member) => existsSync(at(place, member).socketPath)));
});
