import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { evaluatePill, PillError } from "../../../src/supervise/index.ts";
import { isAlive, until, untilGone } from "../../harness/processes.ts";
import { only, Pill, started } from "./harness.ts";

test("a pill runs as a script, where it is loaded", async (t) => {
  const pill = await Pill.write(
    t,
    `# encoding: utf-8
require "rubygems"
require "bluepill"
require "bluepill/something"
require "active_support/core_ext/numeric/time"
require_relative "beside"
module Farm
  SIZE = 2
  def self.names = Array.new(SIZE) { |n| "n#{n}" }
end
def each_name(&block) = Farm.names.each(&block)
puts [__FILE__, $0, __FILE__ == $0, ARGV, Dir.pwd, __dir__, BESIDE, self.to_s, __method__, DATA.read].to_json
warn "a warning of its own"
at_exit { puts "bye" }
Bluepill.application("app") { each_name { |name| process(name) { start_command "serve" } } }
__END__
below
`,
  );
  await writeFile(join(pill.folder, "beside.rb"), 'BESIDE = "beside"\n');
  const { apps } = await pill.evaluate({ env: { ...pill.request.env, LANG: "C", LC_ALL: "C" } });
  assert.deepEqual(
    only(apps).processes.map(({ name }) => name),
    ["n0", "n1"],
  );
  const [seen = "", ...rest] = (await pill.output()).trimEnd().split("\n");
  const { path, folder } = pill;
  assert.deepEqual(JSON.parse(seen), [
    path,
    path,
    true,
    [],
    folder,
    folder,
    "beside",
    "main",
    null,
    "below\n",
  ]);
  assert.deepEqual(rest, ["a warning of its own", "bye"]);
});

test("a pill may declare its applications in at_exit, as some do", async (t) => {
  const pill = await Pill.write(
    t,
    `APPS = []
def watch(line) = APPS << line
at_exit { Bluepill.application("app") { APPS.each { |line| process(line) { start_command line } } } }
watch "serve"`,
  );
  const app = only((await pill.evaluate()).apps);
  assert.deepEqual(only(app.processes).startCommand, ["serve"]);
});

test("a pill may end early, and declare nothing", async (t) => {
  const early = await Pill.write(t, `${started("")}\nexit\nraise "too far"`);
  assert.equal((await early.evaluate()).apps.length, 1);
  for (const source of ["", "exit 0", "# nothing"]) {
    const pill = await Pill.write(t, source);
    assert.deepEqual(await pill.evaluate(), { apps: [], warnings: [] });
  }
});

/** Pills whose Ruby fails, and the line that is said. */
const FAILING: readonly (readonly [pill: string, message: RegExp])[] = [
  [
    "\nprocess_name",
    /^pill\.pill:2: undefined local variable or method [`']process_name' \(NameError\)$/,
  ],
  [started("p.check"), /^pill\.pill:3: undefined method [`']check'.* \(NoMethodError\)$/],
  [
    started("p.checks :mem_usage, every: 10.secconds"),
    /^pill\.pill:3: undefined method [`']secconds'\. Did you mean seconds\? \(NoMethodError\)$/,
  ],
  [started("p.stderr"), /^pill\.pill:3: undefined method [`']stderr' \(NoMethodError\)$/],
  ["raise 'a\nb'", /^pill\.pill:1: a \(RuntimeError\)$/],
  ["\n\ndef x", /^pill\.pill:3: syntax error.* \(SyntaxError\)$/],
  ["x = [1,\n\n2", /^pill\.pill:3: syntax error.* \(SyntaxError\)$/],
  ["require 'not/there'", /^pill\.pill:1: cannot load such file -- not\/there \(LoadError\)$/],
  ["\nInteger('x')", /^pill\.pill:2: invalid value for Integer\(\): "x" \(ArgumentError\)$/],
  ["\nYAML.load_file('/nope')", /^pill\.pill:2: No such file or directory .* \(Errno::ENOENT\)$/],
  ["Bluepill.define_process_condition(:x) { }", /^pill\.pill:1: undefined method .*NoMethodError/],
  ["class E < StandardError; def message = raise('no'); end\nraise E", /^pill\.pill:2: .*\(E\)$/],
  ['raise "\\xff"', /^pill\.pill:1: \ufffd \(RuntimeError\)$/],
  ["def f = f\nf", /^pill\.pill:1: stack level too deep \(SystemStackError\)$/],
];

for (const [source, message] of FAILING) {
  test(`a pill that fails says so in one line: ${message.source}`, async (t) => {
    const pill = await Pill.write(t, source);
    const error = await pill.error();
    assert.match(pill.plain(error.message), message);
    assert.deepEqual([error.code, error.exitCode], ["ERR_PILL_RUBY", 1]);
    assert.equal(await pill.output(), "");
  });
}

test("a pill that fails in a file of its own names it, and the way there", async (t) => {
  const pill = await Pill.write(t, 'require_relative "lib/deep"\n\nDeep.call');
  await mkdir(join(pill.folder, "lib"));
  await writeFile(
    join(pill.folder, "lib/deep.rb"),
    "module Deep\n  def self.call = fail('no')\nend\n",
  );
  const error = await pill.error();
  assert.equal(pill.plain(error.message), "lib/deep.rb:2: no (RuntimeError)");
  const way = error.backtrace.map((line) => pill.plain(line).replace(/:in .*/, ""));
  assert.deepEqual(way.slice(0, 2), ["lib/deep.rb:2", "pill.pill:3"]);
});

test("a pill that calls exit with a failure, or abort, is not loaded, and has its exit code", async (t) => {
  const exit = await Pill.write(t, "\nexit 3");
  const error = await exit.error();
  assert.equal(exit.plain(error.message), "pill.pill:2: the pill calls exit with 3.");
  assert.deepEqual([error.code, error.exitCode], ["ERR_PILL_ENDED", 3]);
  const abort = await Pill.write(t, "abort 'not here'");
  assert.equal((await abort.error()).exitCode, 1);
  assert.equal(await abort.output(), "not here\n");
});

for (const [source, reason] of [
  ["exit! 0", "exit 0"],
  ["exec 'true'", "SIGKILL|exit 0"],
  ["Process.kill :KILL, $$", "SIGKILL"],
] as const) {
  test(`a pill that makes an end of its Ruby is not loaded: ${source}`, async (t) => {
    const pill = await Pill.write(t, source);
    const { code, exitCode, message } = await pill.error();
    assert.deepEqual([code, exitCode], ["ERR_PILL_ENDED", 1]);
    const end = `ended \\((?:${reason})\\) before it had read the pill\\.$`;
    assert.match(pill.plain(message), new RegExp(`^pill\\.pill: the Ruby at \\S+ ${end}`));
  });
}

test("a pill that loops for ever is given up, and says where it was", async (t) => {
  const pill = await Pill.write(t, "\nloop do\n  1 + 1\nend");
  const error = await pill.error({ timeoutMs: 5_000 });
  assert.match(
    pill.plain(error.message),
    /^pill\.pill: after 5 s the pill is still running at pill\.pill:[2-4]\. It is to describe/,
  );
  assert.deepEqual([error.code, error.exitCode], ["ERR_PILL_TIMEOUT", 1]);
});

test("a pill that is given up leaves nothing that it has started", async (t) => {
  const pill = await Pill.write(
    t,
    'File.write("pid", Process.pid)\n`echo $$ > sub; exec sleep 60`',
  );
  const error = await pill.error({ timeoutMs: 5_000 });
  assert.match(pill.plain(error.message), / at pill\.pill:2\./);
  const pids = await Promise.all(
    ["pid", "sub"].map((name) => readFile(join(pill.folder, name), "utf8").then(Number)),
  );
  await untilGone(pids);
});

test("a pill whose Ruby does not even say where it is is given up, too", async (t) => {
  const pill = await Pill.write(t, 'File.write("pid", Process.pid)\nProcess.kill :STOP, $$');
  const error = await pill.error({ timeoutMs: 5_000 });
  assert.match(error.message, /after 5 s the pill is still running\. It is to describe/);
  await untilGone([Number(await readFile(join(pill.folder, "pid"), "utf8"))]);
});

test("a pill's at_exit block that takes too long is ended", async (t) => {
  const pill = await Pill.write(
    t,
    `File.write("pid", Process.pid)\nat_exit { sleep }\n${started("")}`,
  );
  assert.equal((await pill.evaluate()).apps.length, 1);
  await untilGone([Number(await readFile(join(pill.folder, "pid"), "utf8"))]);
});

test("what a pill leaves in the background lives on, and holds nothing up", async (t) => {
  const pill = await Pill.write(
    t,
    `File.write("pid", spawn("sleep", "60", pgroup: true, in: :close, out: "/dev/null"))\n${started("")}`,
  );
  await pill.evaluate();
  const pid = Number(await readFile(join(pill.folder, "pid"), "utf8"));
  assert.ok(await isAlive(pid));
  process.kill(pid, "SIGKILL");
  await untilGone([pid]);
});

test("what a pill forks says nothing of its own to us", async (t) => {
  const pill = await Pill.write(
    t,
    `at_exit { puts "bye from #{Process.pid == PARENT ? "the pill" : "a child"}" }
PARENT = Process.pid
Process.wait(fork { Bluepill.application("child") { } })
if (pid = fork)
  Process.wait(pid)
else
  Bluepill.application("other") { }
  exit 3
end
${started("")}`,
  );
  const { apps } = await pill.evaluate();
  assert.deepEqual(
    apps.map(({ name }) => name),
    ["app"],
  );
  const said = (await pill.output()).trimEnd().split("\n");
  assert.deepEqual(said, ["bye from a child", "bye from a child", "bye from the pill"]);
});

test("evaluatePill() says which file is not there, or cannot be read", async (t) => {
  const pill = await Pill.write(t, "");
  const why = async (path: string): Promise<PillError> =>
    await evaluatePill(path, pill.request).then(
      () => Promise.reject(new Error("it was read")),
      (error: PillError) => error,
    );
  const missing = await why("nope.pill");
  assert.ok(missing instanceof PillError);
  assert.equal(missing.message, `Can't find file: ${join(pill.folder, "nope.pill")}`);
  assert.deepEqual([missing.code, missing.exitCode], ["ERR_PILL_FILE", 1]);
  assert.equal((await why(".")).message, `${pill.folder} cannot be read: it is a folder.`);
});

test("evaluatePill() says what to do when there is no Ruby", async (t) => {
  const pill = await Pill.write(t, started(""));
  await assert.rejects(pill.evaluate({ env: { PATH: pill.folder, HOME: pill.folder } }), {
    name: "RubyError",
    message: /^No Ruby found: .* Install Ruby 2\.7 or newer/,
  });
});

test("evaluatePill() leaves no Ruby behind", async (t) => {
  const pill = await Pill.write(t, `File.write("pid", Process.pid)\n${started("")}`);
  await pill.evaluate();
  const pid = Number(await readFile(join(pill.folder, "pid"), "utf8"));
  await until(
    async () => !(await isAlive(pid)),
    1,
    () => "Ruby is still there",
  );
});
