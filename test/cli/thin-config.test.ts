import assert from "node:assert/strict";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { appFolder, type Started, startCommand } from "../harness/server.ts";

const TELLING = 'run ->(_) { [200, {}, [ENV["RACK_ENV"], " in ", Dir.pwd]] }';
const HELLO = 'run ->(_) { [200, {}, ["hello"]] }';
const TIME = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4} `;

/** A folder with an app and with these files in it. */
async function folderWith(
  t: TestContext,
  files: Readonly<Record<string, string>>,
  rackup = HELLO,
): Promise<string> {
  const folder = await appFolder(t, rackup);
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
}

/** What the server answers, once it listens. */
async function answerOf(thin: Started): Promise<string> {
  const [, url = ""] = await thin.waitForLine(/Listening on (127\.0\.0\.1:\d+), CTRL\+C to stop/);
  return (await fetch(`http://${url}`)).text();
}

/** Ends with 1 and exactly these lines on stderr, of which `%` is the folder. */
async function complains(thin: Started, line: string, folder: string): Promise<void> {
  assert.deepEqual(await thin.exited, { reason: "exit 1", code: 1 });
  assert.deepEqual([thin.stderr(), thin.stdout()], [`${line.replaceAll("%", folder)}\n`, ""]);
}

test("thin start -C lets the file win over the command line, key by key", async (t) => {
  const file =
    'port: "0"\n:environment: staging\nchdir: app\nadapter: rack\nmax-conns: 500\nquiet: false\n';
  const cwd = await folderWith(t, { "thin.yml": file });
  await mkdir(join(cwd, "app"));
  await writeFile(join(cwd, "app/config.ru"), TELLING);
  const words = [
    "-p",
    "1",
    "-e",
    "production",
    "-q",
    "-A",
    "merb",
    "-a",
    "127.0.0.1",
    "-C",
    "thin.yml",
  ];
  const thin = startCommand(t, "thin", ["start", ...words], { cwd });
  assert.equal(await answerOf(thin), `staging in ${cwd}/app`);
  assert.match(thin.stdout(), /Maximum connections set to 500$/m);
  assert.equal(thin.stderr(), "");
});

test("thin start -C has Ruby render the ERB of the file, in the folder of the command", async (t) => {
  const file =
    "<% puts 'a word' %>address: 127.0.0.1\nport: <%= 2 - 2 %>\nenvironment: <%= File.basename(Dir.pwd) %>\n";
  const cwd = await folderWith(t, { "thin.yml": file }, TELLING);
  const thin = startCommand(t, "thin", ["-C", "thin.yml", "start"], { cwd });
  assert.equal(await answerOf(thin), `${cwd.split("/").at(-1)} in ${cwd}`);
  assert.equal(thin.stderr(), "a word\n");
});

test("thin start -C names the keys that it does not know, and starts", async (t) => {
  const file = "address: 127.0.0.1\nport: 0\nenviroment: staging\nzzz: 1\nconfig: other.yml\n";
  const cwd = await folderWith(t, { "thin.yml": file });
  const thin = startCommand(t, "thin", ["start", "-C", "thin.yml"], { cwd });
  assert.equal(await answerOf(thin), "hello");
  assert.equal(
    thin.stderr(),
    "WARNING: Unknown key enviroment in thin.yml is ignored. Did you mean environment?\n" +
      "WARNING: Unknown key zzz in thin.yml is ignored.\n" +
      "WARNING: Unknown key config in thin.yml is ignored.\n",
  );
});

const WRONG_FILES: readonly (readonly [name: string, text: string, complaint: string])[] = [
  ["is empty", "", "f.yml is empty. Write options into it, such as `port: 3000`."],
  [
    "holds but a comment",
    "# port\n",
    "f.yml is empty. Write options into it, such as `port: 3000`.",
  ],
  [
    "is one word",
    "hello\n",
    'f.yml: expected a line of `key: value` for each option, got "hello".',
  ],
  [
    "is a list",
    "- port: 1\n",
    "f.yml: expected a line of `key: value` for each option, got a list.",
  ],
  [
    "is broken YAML",
    "port: 1\ntag: a: b\n",
    "f.yml:2 is not YAML: Nested mappings are not allowed in compact mappings. Correct that line.",
  ],
  [
    "has an alias to nothing",
    "port: *nowhere\n",
    "f.yml is not YAML: Unresolved alias (the anchor must be set before the alias): nowhere. Correct it.",
  ],
  ["gives a list to one value", "port: [1, 2]\n", "f.yml: port: expected one value, got a list."],
  ["gives a map to one value", "port: {a: 1}\n", "f.yml: port: expected one value, got a map."],
  ["gives `true` for a word", "rackup: yes\n", "f.yml: rackup: expected a value, got true."],
  ["requires a map", "require: {a: 1}\n", "f.yml: require: expected a list of files, got a map."],
  [
    "has ERB that raises",
    "port: 1\n\ntag: <%= nothing %>\n",
    "f.yml:3: the ERB fails: undefined local variable or method `nothing' for main:Object (NameError). Correct it.",
  ],
  [
    "has ERB with a syntax error",
    "port: 1\ntag: <%= 1 + %>\n",
    "f.yml:2: the ERB fails: syntax error, unexpected ')' (SyntaxError). Correct it.",
  ],
  ["has ERB that calls exit", "<% exit 3 %>", "f.yml:1: the ERB fails: it calls exit. Correct it."],
  [
    "has ERB that makes broken YAML",
    'a<%= ": b: c" %>\n',
    "f.yml:1 is not YAML: Nested mappings are not allowed in compact mappings. Correct that line of what its ERB makes.",
  ],
  ["names an adapter that is none", "adapter: foo\n", "Adapter not found: foo"],
  [
    "asks for what there is not",
    "backend: Foo\n",
    "-b, --backend is not in Gossamer. Backends are classes of the thin gem's. Say where to listen with --address and --port or with --socket, or run behind Swiftiply with --swiftiply.",
  ],
];

for (const [name, text, complaint] of WRONG_FILES) {
  test(`thin start -C says in one line that the file ${name}`, async (t) => {
    const cwd = await folderWith(t, { "f.yml": text });
    const thin = startCommand(t, "thin", ["start", "-C", "f.yml"], { cwd });
    await complains(thin, complaint, cwd);
  });
}

test("thin start -C says that the file cannot be read, and why", async (t) => {
  const cwd = await folderWith(t, {});
  const wrong = [
    ["none.yml", "it is not there"],
    [".", "it is a folder"],
    ["config.ru/f.yml", "its folder is a file"],
  ] as const;
  for (const [file, why] of wrong) {
    const thin = startCommand(t, "thin", ["start", "-C", file], { cwd });
    const line = `Cannot read the config file ${join("%", file)}: ${why}. Name another with -C FILE.`;
    await complains(thin, line, cwd);
  }
});

test("thin start -C says that there is no Ruby to render ERB", async (t) => {
  const cwd = await folderWith(t, { "f.yml": "port: <%= 1 %>\n" });
  const path = join(cwd, "bin");
  await mkdir(path);
  await symlink(process.execPath, join(path, "node"));
  const thin = startCommand(t, process.execPath, [THIN, "start", "-C", "f.yml"], {
    cwd,
    env: { PATH: path, HOME: cwd },
  });
  const line =
    "f.yml has ERB in it, which a Ruby must render. No Ruby found: not on PATH nor with rbenv, asdf, mise, RVM or chruby. " +
    "Install Ruby 2.7 or newer, or name one in GOSSAMER_RUBY.";
  await complains(thin, line, cwd);
});

const THIN = join(import.meta.dirname, "../../bin/thin.mjs");

test("thin config writes the options down, and says so as Thin does", async (t) => {
  const cwd = await folderWith(t, {});
  const words = ["-C", "made.yml", "-c", "app", "-p", "8080x", "-e", "production", "-s", "3", "-d"];
  const thin = startCommand(t, "thin", ["config", ...words], { cwd });
  assert.equal((await thin.exited).code, 0);
  assert.match(thin.stdout(), new RegExp(`^${TIME}Wrote configuration to made\\.yml\n$`));
  const expected = [
    "---",
    `chdir: "${cwd}/app"`,
    "environment: production",
    "address: 0.0.0.0",
    "port: 8080",
    "timeout: 30",
    `log: "${cwd}/log/thin.log"`,
    "pid: tmp/pids/thin.pid",
    "max_conns: 1024",
    "max_persistent_conns: 100",
    "require: []",
    "wait: 30",
    "threadpool_size: 20",
    "servers: 3",
    "daemonize: true",
    "",
  ];
  assert.equal(await readFile(join(cwd, "made.yml"), "utf8"), expected.join("\n"));
});

test("thin config -q writes and prints nothing, not even in place of another file", async (t) => {
  const cwd = await folderWith(t, { "made.yml": "port: 1\n".repeat(200) });
  const words = ["config", "-C", "made.yml", "-q", "-S", "/tmp/t.sock"];
  const thin = startCommand(t, "thin", words, { cwd });
  assert.equal((await thin.exited).code, 0);
  assert.deepEqual([thin.stdout(), thin.stderr()], ["", ""]);
  const text = await readFile(join(cwd, "made.yml"), "utf8");
  assert.match(text, /\nsocket: "\/tmp\/t\.sock"\ndaemonize: true\n$/);
  assert.doesNotMatch(text, /^(address|port):/m);
});

test("thin config says what it lacks: the option, or a place to write to", async (t) => {
  const cwd = await folderWith(t, {});
  const wrong = [
    [[], "config option required"],
    [["-s", "3"], "config option required"],
    [["--all"], "config option required"],
    [["-C", "."], "Cannot write .: it is a folder. Name another with -C FILE."],
    [
      ["-C", "none/f.yml"],
      "Cannot write none/f.yml: its folder is not there. Name another with -C FILE.",
    ],
    [
      ["-C", "config.ru/f.yml"],
      "Cannot write config.ru/f.yml: its folder is a file. Name another with -C FILE.",
    ],
    [["-C", "f.yml", "more"], "wrong number of arguments (given 1, expected 0) (ArgumentError)"],
  ] as const;
  for (const [words, line] of wrong) {
    await complains(startCommand(t, "thin", ["config", ...words], { cwd }), line, cwd);
  }
});
