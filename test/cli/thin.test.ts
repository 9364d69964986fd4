import assert from "node:assert/strict";
import { test } from "node:test";
import { readThin } from "../../src/cli/thin-command-line.ts";
import { fromThin, settle, THIN_DEFAULTS } from "../../src/config/index.ts";

function settingsOf(...words: readonly string[]) {
  const asked = readThin(["start", ...words]);
  assert.equal(asked.kind, "start");
  return settle([fromThin(asked.kind === "start" ? asked.given : new Map()), THIN_DEFAULTS]);
}

test("readThin() acts on help and version before anything else", () => {
  assert.deepEqual(readThin(["start", "-v", "--bogus"]), { kind: "version" });
  assert.deepEqual(readThin(["foo", "--he"]), { kind: "help" });
  assert.deepEqual(readThin(["-p", "3000"]), { kind: "nothing" });
});

const REFUSED: readonly (readonly [string, string])[] = [
  ["foo", "Unknown command: foo. Use one of start, stop, restart, config, install"],
  ["--bogus start", "thin: invalid option: --bogus (OptionParser::InvalidOption)"],
  ["start -p", "thin: missing argument: -p (OptionParser::MissingArgument)"],
  ["start --s", "thin: ambiguous option: --s (OptionParser::AmbiguousOption)"],
  [
    "start --daemonize=yes",
    "thin: needless argument: --daemonize=yes (OptionParser::NeedlessArgument)",
  ],
  ["start now", "wrong number of arguments (given 1, expected 0) (ArgumentError)"],
  ["start -A foo", "Adapter not found: foo"],
  ["start -R x.txt", "Invalid rackup file.  please specify either a .ru or .rb file"],
  ["stop now", "wrong number of arguments (given 1, expected 0) (ArgumentError)"],
  ["install -C a.yml", "Invalid options for command: install"],
  ["install a b", "wrong number of arguments (given 2, expected 1) (ArgumentError)"],
];

for (const [line, message] of REFUSED) {
  test(`readThin() refuses: ${line}`, () =>
    assert.throws(() => readThin(line.split(" ")), { message }));
}

test("fromThin() keeps Thin's defaults: one worker, one thread, every interface", () => {
  const { listen, workers, threads, maxConns, timeout, workerTimeout, imitate } = settingsOf();
  assert.deepEqual(listen, [{ kind: "tcp", host: "0.0.0.0", port: 3000 }]);
  assert.deepEqual([workers, threads, maxConns, timeout, workerTimeout], [1, 1, 1024, 30_000, 0]);
  assert.equal(imitate, "thin");
});

test("fromThin() reads numbers as leniently as Thin", () => {
  assert.deepEqual(settingsOf("-p", "abc").listen, [{ kind: "tcp", host: "0.0.0.0", port: 0 }]);
  assert.deepEqual(settingsOf("-p80x", "-a::1").listen, [{ kind: "tcp", host: "::1", port: 80 }]);
});

test("fromThin() lets the socket win over address and port", () => {
  const { listen, socket } = settingsOf("-a", "::1", "-p", "80", "-S", "/tmp/t.sock");
  assert.deepEqual([listen, socket], [[], "/tmp/t.sock"]);
  assert.equal(settingsOf("-a", "/tmp/a.sock").socket, "/tmp/a.sock");
});

test("fromThin() gives threads only to --threaded", () => {
  assert.equal(settingsOf("--threadpool-size", "7").threads, 1);
  assert.equal(settingsOf("--threaded").threads, 20);
  assert.equal(settingsOf("--threaded", "--threadpool-size=7").threads, 7);
});

test("fromThin() takes -t for every wait", () => {
  const { timeout, keepAliveTimeout, headTimeout, bodyTimeout } = settingsOf("-t", "5");
  assert.deepEqual([timeout, keepAliveTimeout, headTimeout, bodyTimeout], [5000, 5000, 5000, 5000]);
});

test("fromThin() takes -t 0 for no limit, and no figure for more than a timer can be set to", () => {
  const longest = 2 ** 31 - 1;
  for (const seconds of ["0", "9999999"]) {
    const { timeout, keepAliveTimeout } = settingsOf("-t", seconds);
    assert.deepEqual([timeout, keepAliveTimeout], [longest, longest], seconds);
  }
});

test("readThin() takes -r config.ru for -R, with Thin's warning", () => {
  const asked = readThin(["start", "-r", "config.ru"]);
  assert.equal(asked.kind, "start");
  if (asked.kind !== "start") return;
  assert.deepEqual(asked.warnings, ["WARNING: Use the -R option to load a Rack config file"]);
  assert.equal(asked.given.get("rackup"), "config.ru");
});

/** What was given to `thin start`, by Thin's names. */
function givenBy(...words: readonly string[]) {
  const asked = readThin(["start", ...words]);
  assert.ok(asked.kind === "start");
  return asked.given;
}

test("readThin() remembers every -r in its order", () => {
  assert.deepEqual(givenBy("-r", "a", "-p", "1", "--require=b").get("require"), ["a", "b"]);
});

test("readThin() remembers -D, -q and -V", () => {
  const given = givenBy("-D", "-q", "--trace");
  assert.deepEqual(
    ["debug", "quiet", "trace", "daemonize"].map((key) => given.get(key)),
    [true, true, true, undefined],
  );
});

test("readThin() takes a folder for install, or none", () => {
  const folderOf = (...words: readonly string[]) => {
    const asked = readThin(["install", ...words]);
    return asked.kind === "install" ? asked.directory : asked.kind;
  };
  assert.deepEqual([folderOf(), folderOf("/srv/thin")], [undefined, "/srv/thin"]);
});

test("readThin() takes abbreviations, `_` for `-`, glued values and bundles", () => {
  const given = givenBy("--conf", "a.yml", "--max_conns=9", "-p4000", "-Of", "--sock", "/a.sock");
  assert.deepEqual(Object.fromEntries(given), {
    config: "a.yml",
    max_conns: "9",
    port: "4000",
    onebyone: true,
    force: true,
    socket: "/a.sock",
  });
});

test("readThin() takes words behind -- for words", () => {
  assert.throws(() => readThin(["start", "--", "-p"]), /given 1, expected 0/);
});

test("fromThin() takes the figures for connections", () => {
  const { maxConns, maxPersistentConns } = settingsOf(
    "--max-conns",
    "7",
    "--max-persistent-conns",
    "3",
  );
  assert.deepEqual([maxConns, maxPersistentConns], [7, 3]);
});
