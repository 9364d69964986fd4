import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { evaluatePill, type PillOrder, type PillWord } from "../../../src/supervise/index.ts";
import { temporaryFolder } from "./folder.ts";
import { Pill } from "./harness.ts";

const ROOT = resolve(import.meta.dirname, "../../..");
const page = await readFile(join(ROOT, "docs/PILL.md"), "utf8");

/** What the evaluator itself knows. */
const VOCABULARY = `
require "./ruby/pill/conveniences"
require "./ruby/pill/attributes"
require "./ruby/pill/check"
include Gossamer::Pill
print JSON.generate(
  options: Attributes::OPTIONS, application: Attributes::APPLICATION,
  process: Attributes::COMMON + Attributes::PROCESS, harmless: Attributes::HARMLESS,
  terms: CheckTerms::NAMES, states: Attributes::STATES, events: Value::EVENTS,
  hashes: { backoff: Attributes::BACKOFF, log_rotate: Attributes::ROTATION },
  notify: Attributes::NOTIFY, flapping: Check::FLAPPING.optional,
  checks: Kinds::TABLE.transform_values { |options| options.required + options.optional })
`;

interface Vocabulary {
  readonly options: readonly string[];
  readonly application: readonly string[];
  readonly process: readonly string[];
  readonly harmless: readonly string[];
  readonly terms: readonly string[];
  readonly states: readonly string[];
  readonly events: readonly string[];
  /** The names that an attribute takes, by the attribute. */
  readonly hashes: Readonly<Record<string, readonly string[]>>;
  readonly notify: readonly string[];
  readonly flapping: readonly string[];
  readonly checks: Readonly<Record<string, readonly string[]>>;
}

const known: Vocabulary = JSON.parse(
  execFileSync("ruby", ["-rjson", "-e", VOCABULARY], { cwd: ROOT, encoding: "utf8" }),
);

/** The section below a heading, up to the next of its kind or above. */
function section(heading: string): string {
  const [, rest] = page.split(`\n${heading}\n`);
  assert.ok(rest, heading);
  const level = heading.indexOf(" ");
  return rest.split(new RegExp(`^#{1,${level}} `, "m"))[0] ?? "";
}

/** The cells of the tables in a text, without their heads. */
function rows(text: string): readonly (readonly string[])[] {
  const lines = text.split("\n").filter((line) => /^\| /.test(line));
  const cells = lines.map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  return cells.filter(([first]) => first?.startsWith("`"));
}

const words = (text = ""): readonly string[] =>
  [...text.matchAll(/`([a-z_]+)`/g)].map(([, word = ""]) => word);

test("docs/PILL.md has a row for every option and attribute, and for no other", () => {
  const application = rows(section("## The application")).flatMap(([first]) => words(first));
  assert.deepEqual(application.sort(), [...known.options, ...known.application].sort());
  const [attributes = ""] = section("## The process").split("\n### ");
  const process = rows(attributes).flatMap(([first]) => words(first));
  assert.deepEqual(process.sort(), [...known.process].sort());
});

test("docs/PILL.md has a row for every check, with its options, and for no other", () => {
  const listed = rows(section("## Checks"));
  const terms = listed.slice(0, known.terms.length).flatMap(([first]) => words(first));
  assert.deepEqual([...terms].sort(), [...known.terms].sort());
  const checks = listed.slice(known.terms.length);
  assert.deepEqual(
    checks.map(([first]) => words(first)[0]),
    Object.keys(known.checks),
  );
  for (const [first, options] of checks) {
    const name = words(first)[0] ?? "";
    assert.deepEqual([...words(options)].sort(), [...(known.checks[name] ?? [])].sort(), name);
  }
});

test("docs/PILL.md names all events, states, and what has no effect", () => {
  const text = page.replaceAll(/\s+/g, " ");
  for (const event of known.events) assert.ok(section("## Checks").includes(`\`:${event}\``));
  assert.ok(text.includes(known.states.map((state) => `\`${state}\``).join(", ")));
  for (const name of known.harmless) assert.ok(section("## What is refused").includes(name));
});

test("docs/PILL.md has every name that an attribute or :flapping takes, and no other", () => {
  const named = (text = ""): readonly string[] =>
    [...text.matchAll(/\b([a-z_]+):/g)].map(([, name = ""]) => name).sort();
  const [attributes = ""] = section("## The process").split("\n### ");
  for (const [attribute, names] of Object.entries(known.hashes)) {
    const [, values] = rows(attributes).find(([first]) => words(first).includes(attribute)) ?? [];
    assert.deepEqual(named(values), [...names].sort(), attribute);
  }
  const [notify] =
    rows(section("## The application")).find(([first]) => first?.includes("notify on:")) ?? [];
  assert.deepEqual(named(notify), [...known.notify].sort());
  const [, flapping] = /`process\.checks :flapping, ([^`]+)`/.exec(page) ?? [];
  assert.deepEqual(named(flapping), [...known.flapping].sort());
});

const blocks = [...page.matchAll(/```ruby\n([\s\S]*?)```/g)].map(([, code = ""]) => code);
const pills = blocks.filter((code) => code.startsWith("Bluepill.application"));

for (const pill of pills) {
  const [title] = pill.split("\n");
  test(`docs/PILL.md shows a pill that can be read, with nothing to warn of: ${title}`, async (t) => {
    const { apps, warnings } = await (await Pill.write(t, pill)).evaluate();
    assert.ok((apps[0]?.processes.length ?? 0) > 0);
    assert.deepEqual(warnings, []);
  });
}

test("docs/PILL.md shows a check and a trigger that can be read together with a pill", async (t) => {
  const [pill = ""] = pills;
  const [check = "", trigger = "", ...more] = blocks.filter((code) => !pills.includes(code));
  assert.deepEqual([pills.length, more], [4, []]);
  const uses = [...page.matchAll(/^`(process\.checks :(?!flapping)[^`]+)`/gm)].map(
    ([, line = ""]) => line,
  );
  assert.equal(uses.length, 2);
  const folder = await temporaryFolder(t);
  const path = join(folder, "shop.pill");
  const own = pill.replace(/^ {4}process\.pid_file.*$/m, (line) => [line, ...uses].join("\n"));
  await writeFile(path, [check, trigger, own].join("\n"));
  const { apps, warnings } = await evaluatePill(path, { cwd: folder, env: process.env });
  const [process_] = apps[0]?.processes ?? [];
  assert.deepEqual(
    process_?.checks.map(({ name }) => name),
    ["queue_length", "mem_usage"],
  );
  assert.deepEqual(
    process_?.triggers.map(({ name }) => name),
    ["mailer"],
  );
  assert.deepEqual(warnings, []);
});

test("docs/PILL.md says what becomes of commands", async (t) => {
  const listed = rows(section("### Commands")).map(([command = "", words = ""]) => [
    command.slice(1, -1),
    [...words.matchAll(/`([^`]+)`/g)].map(([, word]) => word),
  ]);
  assert.equal(listed.length, 6);
  const pill = await Pill.write(
    t,
    `Bluepill.application("a") do
${listed.map(([command], index) => `process("p${index}") { environment "PORT" => 80; start_command ${command} }`).join("\n")}
end`,
  );
  const { apps } = await pill.evaluate();
  const made = apps[0]?.processes.map((one, index) => [listed[index]?.[0], one.startCommand]);
  assert.deepEqual(made, listed);
});

/** Every kind of line, with an example of each as the types have it. */
const LINES: readonly (PillOrder | PillWord)[] = [
  { say: "pill", apps: [], warnings: [] },
  { order: "where" },
  { order: "check", ask: 1, id: 0, pid: 4242, child: false },
  { say: "checked", ask: 1, ok: true, value: "17" },
  {
    order: "notify",
    ask: 2,
    id: 1,
    pid: 4242,
    child: false,
    event: "tick",
    from: "up",
    to: "down",
  },
  { say: "notified", ask: 2, halted: false },
  { order: "drop", ask: 4 },
  { say: "dropped", ask: 4 },
  { say: "dispatch", id: 1, event: "restart", reason: "Mailer" },
  { say: "schedule", id: 1, event: "start", afterMs: 30_000, reason: "Mailer" },
  { say: "cancel", id: 1 },
  { say: "log", id: 1, level: "info", text: "sent" },
  { order: "close" },
];

test("docs/PILL.md shows the lines between us and Ruby byte by byte", () => {
  const shown: readonly string[] = section("## The line to Ruby").match(/^\{.*\}$/gm) ?? [];
  for (const line of LINES) assert.ok(shown.includes(JSON.stringify(line)), JSON.stringify(line));
  for (const line of shown) assert.equal(JSON.stringify(JSON.parse(line)), line);
});
