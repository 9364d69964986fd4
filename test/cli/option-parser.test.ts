import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { OptionError, parseOptions, type Switch } from "../../src/cli/option-parser.ts";

/** The shape of Thin's own options, and two that it does not have: a negatable one and a bare letter. */
const SWITCHES: readonly Switch[] = [
  { key: "address", short: "a", long: "address", argument: "required" },
  { key: "port", short: "p", long: "port", argument: "required" },
  { key: "swiftiply", short: "y", long: "swiftiply", argument: "placed" },
  { key: "socket", short: "S", long: "socket", argument: "required" },
  { key: "ssl", long: "ssl" },
  { key: "ssl-key", long: "ssl-key-file", argument: "required" },
  { key: "ssl-cert", long: "ssl-cert-file", argument: "required" },
  { key: "stats", long: "stats", argument: "required" },
  { key: "servers", short: "s", long: "servers", argument: "required" },
  { key: "all", long: "all", argument: "placed" },
  { key: "onebyone", short: "O", long: "onebyone" },
  { key: "force", short: "f", long: "force" },
  { key: "conns", long: "max-conns", argument: "required" },
  { key: "persistent", long: "max-persistent-conns", argument: "required" },
  { key: "threaded", long: "threaded" },
  { key: "pool", long: "threadpool-size", argument: "required" },
  { key: "epoll", long: "no-epoll" },
  { key: "preload", short: "P", long: "preload", negatable: true },
  { key: "exclamation", short: "x" },
  // Ruby answers these two by itself, unless they are defined.
  { key: "help", short: "h", long: "help" },
  { key: "version", short: "v", long: "version" },
];

interface Outcome {
  readonly seen: readonly (readonly [string, string | boolean | null])[];
  readonly words?: readonly string[];
  readonly reason?: string;
  readonly args?: string;
}

function ours(line: readonly string[]): Outcome {
  const seen: [string, string | boolean | null][] = [];
  const words: string[] = [];
  try {
    for (const parsed of parseOptions(line, SWITCHES)) {
      if (parsed.kind === "word") words.push(parsed.text);
      else seen.push([parsed.key, parsed.value ?? null]);
    }
    return { seen, words };
  } catch (error) {
    assert.ok(error instanceof OptionError, String(error));
    return { seen, reason: error.reason, args: error.word };
  }
}

function ruby(lines: readonly (readonly string[])[]): readonly Outcome[] {
  const { stdout, stderr, status } = spawnSync(
    "ruby",
    [join(import.meta.dirname, "optparse-oracle.rb")],
    { input: JSON.stringify({ switches: SWITCHES, lines }), encoding: "utf8", maxBuffer: 1 << 28 },
  );
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout);
}

const LONG_NAMES = SWITCHES.flatMap(({ long, negatable }) =>
  long === undefined ? [] : negatable ? [long, `no-${long}`] : [long],
);

/** Words that look like what people type: whole names, abbreviations, other spellings, glued values, bundles. */
const word: fc.Arbitrary<string> = fc.oneof(
  fc
    .tuple(
      fc.constantFrom(...LONG_NAMES),
      fc.nat(20),
      fc.constantFrom("", "", "=", "=v", "=a=b", "=4000"),
      fc.constantFrom("as is", "upper", "underscore", "cut parts"),
    )
    .map(([name, length, value, spelling]) => `--${spell(name, length, spelling)}${value}`),
  fc
    .tuple(
      fc.constantFrom(..."apySsOfPxtmnezv-"),
      fc.constantFrom("", "", "4000", "f", "Of", "=", "=v", "-", "x-f"),
    )
    .map(([letter, rest]) => `-${letter}${rest}`),
  fc.constantFrom("start", "a.yml", "4000", "-", "--", "", "--bogus", "--no", "--no-ssl", "--no-p"),
);

function spell(name: string, length: number, spelling: string): string {
  if (spelling === "upper") return name.toUpperCase();
  if (spelling === "underscore") return name.replaceAll("-", "_");
  if (spelling === "cut parts") return name.replace(/(\w{1,3})\w*/g, "$1");
  return name.slice(0, Math.max(1, length));
}

test("parseOptions() understands 4,000 generated command lines as Ruby's optparse does", () => {
  const lines = fc.sample(fc.array(word, { maxLength: 5 }), { numRuns: 4000, seed: 20261124 });
  const theirs = ruby(lines);
  const kinds = new Set<string>();
  lines.forEach((line, index) => {
    assert.deepEqual(ours(line), theirs[index], `of ${JSON.stringify(line)}`);
    kinds.add(theirs[index]?.reason ?? "fine");
  });
  assert.deepEqual(
    [...kinds].sort(),
    ["ambiguous option", "fine", "invalid option", "missing argument", "needless argument"],
    "the generator reaches every outcome",
  );
});

test("parseOptions() gives an option before a later word is found wrong", () => {
  const parsed = parseOptions(["--force", "--bogus"], SWITCHES);
  assert.deepEqual(parsed.next().value, { kind: "option", key: "force", value: true });
  assert.throws(() => parsed.next(), {
    reason: "invalid option",
    message: "invalid option: --bogus",
  });
});
