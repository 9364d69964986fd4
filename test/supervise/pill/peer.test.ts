import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { type TestContext, test } from "node:test";
import {
  type Attended,
  type CheckDescription,
  evaluatePill,
  type ProcessDescription,
} from "../../../src/supervise/index.ts";
import { gemsAt } from "../../apps/served.ts";
import { startCommand } from "../../harness/server.ts";
import { temporaryFolder } from "./folder.ts";
import { around, only, Pill, started } from "./harness.ts";

const GEMFILE = resolve(import.meta.dirname, "../../peers/bluepill/Gemfile");
const PEER = resolve(import.meta.dirname, "peer.rb");
const COMMAND = 'load($0 = Gem.bin_path("bluepill", "bluepill"))';

interface Went {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How the real command loads the pill. It is only given pills that start no daemon. */
async function load(t: TestContext, pill: Pill): Promise<Went> {
  return await bundled(t, pill.folder, ["-e", COMMAND, "--", "--no-privileged", "load", pill.path]);
}

/** How the real bluepill reads these pills, one by one, without its command and without a daemon. */
async function read(t: TestContext, paths: readonly string[]): Promise<readonly Went[]> {
  const folder = dirname(paths[0] ?? "");
  const { code, stdout, stderr } = await bundled(t, folder, ["-rbundler/setup", PEER, ...paths]);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout);
}

async function bundled(t: TestContext, folder: string, words: readonly string[]): Promise<Went> {
  const env = { ...gemsAt(GEMFILE), BLUEPILL_BASE_DIR: join(folder, "base"), APP_ROOT: folder };
  const ruby = startCommand(t, "bundle", ["exec", "ruby", ...words], { cwd: folder, env });
  const { code } = await ruby.exited;
  return { code, stdout: ruby.stdout(), stderr: ruby.stderr() };
}

/** What bluepill validates, in pills that fail at one or several of them. */
const INVALID: readonly string[] = [
  'Bluepill.application("a") { 2.times { process("p") { start_command "x" } } }',
  'Bluepill.application("a") { 2.times { process("p") { start_command "x"; group :g } } }',
  'Bluepill.application("a") { 2.times { |n| process(n == 0 ? "p" : :p) { start_command "x" } } }',
  around(""),
  around("p.stop_signals = ['quit']"),
  'Bluepill.application("a") { %w[p q].each { |n| process(n) { start_command "x"; pid_file " /tmp/x.pid " } } }',
  'Bluepill.application("a") { 2.times { |n| process("p") { start_command "x"; group "g#{n}" } } }',
  'Bluepill.application("a") { process("a b") { start_command "x" }; process("a/b") { start_command "x" } }',
  started("p.stop_signals = ['quit']"),
  started("p.stop_signals = [nil]"),
  started("p.stop_signals = [:quit, 1.5.seconds, :kill]"),
  started("p.stop_signals = [:quit, :term, :kill]"),
  started("p.stop_signals = [:quit, '3', :kill]"),
  started("p.stop_signals = []"),
  started("p.stop_signals = [:quit, 1]"),
  started("p.stop_signals = [:term]"),
  started("p.stop_signals = [:quit, 9, :kill]; p.stop_grace_time = 9"),
  started("p.stop_signals = [:quit, 9.seconds, :kill]; p.stop_grace_time = 9.seconds"),
  started("p.stop_signals = [:quit, 5, :term, 5, :kill]; p.stop_grace_time = 9"),
];

test("pills are refused in the words of the real bluepill", async (t) => {
  const pills = await Promise.all(INVALID.map((source) => Pill.write(t, source)));
  const theirs = await read(
    t,
    pills.map(({ path }) => path),
  );
  const baseDir = join(pills[0]?.folder ?? "", "base");
  for (const [index, pill] of pills.entries()) {
    const { message, exitCode } = await pill.error({ baseDir });
    const { code, stderr } = theirs[index] ?? {};
    assert.deepEqual([message, exitCode], [stderr?.trimEnd(), code], INVALID[index]);
    assert.equal(exitCode, 6);
  }
});

test("a pill is refused with the exit code of the real command", async (t) => {
  const pill = await Pill.write(t, around(""));
  const { code, stderr } = await load(t, pill);
  const { message, exitCode } = await pill.error();
  assert.deepEqual([message, exitCode], [stderr.trimEnd(), code]);
});

/** What is Ruby's to refuse, or bluepill's own by a mishap: its exit code is 1, and ours says more. */
const BROKEN: readonly (readonly [source: string, exitCode: number])[] = [
  ["process_name", 1],
  ["x = [", 1],
  ["raise 'no'", 1],
  ["exit 3", 3],
  [around("p.stderr"), 1],
  [started("p.checks :mem_usge, every: 1, below: 1"), 6],
  [started("p.stop_signals = :term"), 6],
  ['Bluepill.application("a") { |app| app.foo = 1 }', 6],
];

test("pills that break the real bluepill are refused, too", async (t) => {
  const pills = await Promise.all(BROKEN.map(([source]) => Pill.write(t, source)));
  const theirs = await read(
    t,
    pills.map(({ path }) => path),
  );
  for (const [index, pill] of pills.entries()) {
    const [source, exitCode = 0] = BROKEN[index] ?? [];
    assert.equal(theirs[index]?.code, exitCode === 6 ? 1 : exitCode, source);
    assert.equal((await pill.error()).exitCode, exitCode, source);
  }
});

test("numbers and conveniences are what ActiveSupport has for the real bluepill", async (t) => {
  const units =
    "second minute hour day week fortnight month year byte kilobyte megabyte gigabyte terabyte petabyte exabyte";
  const pill = await Pill.write(
    t,
    `require "json"
seen = %w[${units}].flat_map { |unit| [3.public_send(unit).to_i, 2.public_send("#{unit}s").to_i] }
seen += [30.seconds.to_s, 1.5.minutes.to_s, 30.seconds == 30, 30 == 30.seconds, 1.minute > 59, 59 < 1.minute, 30.seconds.is_a?(Integer), 1.5.seconds.is_a?(Integer)]
seen += [(1.minute + 5).to_i, (5 + 1.minute).to_i, (1.minute - 5).to_i, (1.minute * 2).to_i, (1.minute / 2).to_i, 1.hour / 10.minutes, (-1.minute).to_i, (Time.at(0) + 1.day).to_i]
seen += [1.day.ago.to_i - Time.now.to_i + 86_400, 1.day.from_now.to_i - Time.now.to_i - 86_400]
seen += %w[MemUsage HTTPServer A::BigOne a-b x].map(&:underscore) + %w[mem_usage a/big_one http NotFound a_b_c].map(&:camelize) + ["mem_usage".camelize(:lower), " a \\n b ".squish]
seen += %w[mem_usage MemUsage author_id a-b].map(&:titleize)
seen += [nil, false, true, 0, "", " ", "a", [], [nil], {}].map { |one| [one.blank?, one.present?, one.presence] }
seen += [nil.try(:length), "a".try(:length), "a".try(:nothing), "a".try { |text| text + "b" }]
seen += [{ "a" => 1, 2 => 3 }.symbolize_keys.to_a, { a: 1 }.stringify_keys, { a: { b: 1, c: 2 } }.deep_merge(a: { c: 3 }), { a: 1 }.reverse_merge(a: 2, b: 3), { a: 1, b: 2 }.except(:b), { a: 1, b: 2 }.slice(:a)]
seen += [nil, 1, [1], { a: 1 }].map { |one| Array.wrap(one) }
seen += [__FILE__ == $0, ARGV, Dir.pwd, self.to_s]
seen += %w[FileUtils Shellwords Etc Set Socket Timeout Syslog Logger Net::HTTP URI].map { |name| Object.const_defined?(name) }
puts seen.to_json
exit 0`,
  );
  const theirs = await load(t, pill);
  assert.deepEqual([theirs.code, theirs.stderr], [0, ""]);
  await pill.evaluate();
  const lines = (text: string): readonly unknown[] => JSON.parse(text);
  assert.deepEqual(lines(await pill.lastLine()), lines(theirs.stdout));
});

/** Our description, as far as the real bluepill knows it, in its form. */
function comparable(one: ProcessDescription, shared: Attended | undefined): object {
  const { name, group, pidFile, daemonize, workingDir, environment, stdout, stderr } = one;
  const { uid, gid, cacheActualPid, autoStart, besideOthers, onStartTimeout } = one;
  const known = { name, group, pidFile, daemonize, workingDir, environment, stdout, stderr };
  const more = { uid, gid, cacheActualPid, autoStart, besideOthers, onStartTimeout };
  const children = shared && attended(shared);
  return defined({ ...known, ...more, children, ...attended(one) });
}

function attended(one: Attended): object {
  const { startGraceMs, stopGraceMs, restartGraceMs, flapping } = one;
  const checks = one.checks.map(checkOf);
  return defined({ startGraceMs, stopGraceMs, restartGraceMs, flapping, checks });
}

function checkOf({ name, everyMs, times, fires, kind }: CheckDescription): object {
  const belowMs = "belowMs" in kind ? kind.belowMs / 1_000 : undefined;
  const below = "belowBytes" in kind ? kind.belowBytes : belowMs;
  const percent = "belowPercent" in kind ? kind.belowPercent : below;
  const includeChildren = "includeChildren" in kind ? kind.includeChildren : false;
  return defined({ name, everyMs, times, fires, below: percent, includeChildren });
}

function defined(all: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** The commands of the real bluepill are still lines, and it splits them when it runs them. */
function withoutCommands(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (key, inner) =>
    ["startCommand", "stopCommand", "restartCommand", "stopSignals"].includes(key)
      ? undefined
      : inner,
  );
}

const FIXTURES = resolve(import.meta.dirname, "../../fixtures/pills");
const SAME = ["unicorn", "workers", "thin_farm", "services", "foreman", "receiverless"];

for (const name of SAME) {
  test(`the pill ${name} says to us what it says to the real bluepill`, async (t) => {
    const folder = await temporaryFolder(t);
    const path = join(folder, "same.pill");
    const source = await readFile(join(FIXTURES, `${name}.pill`), "utf8");
    // The real one opens its log when it reads a pill, and has its own idea of an event that is none.
    const own = source.replaceAll("/var/log", folder).replace("log/bluepill.log", "bluepill.log");
    await writeFile(path, own.replace(", fires: [:stop, :term, :kill]", ", fires: [:stop]"));
    const { code, stdout, stderr } = only(await read(t, [path]));
    assert.equal(code, 0, stderr);
    const env = { ...process.env, BLUEPILL_BASE_DIR: join(folder, "base"), APP_ROOT: folder };
    const ours = only((await evaluatePill(path, { cwd: folder, env })).apps);
    const theirs = withoutCommands(JSON.parse(stdout));
    const processes = ours.processes.map((one) => comparable(one, one.children));
    assert.deepEqual({ name: ours.name, processes: byName(processes) }, sorted(theirs));
  });
}

/** bluepill has its processes by groups, we as they stand in the pill. */
function sorted(theirs: unknown): unknown {
  const { name, processes } = theirs as { name: string; processes: readonly object[] };
  return { name, processes: byName(processes) };
}

function byName(processes: readonly object[]): readonly object[] {
  const nameOf = (one: object): string => ("name" in one ? String(one.name) : "");
  return [...processes].sort((a, b) => nameOf(a).localeCompare(nameOf(b)));
}
