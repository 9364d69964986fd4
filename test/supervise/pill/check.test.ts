import assert from "node:assert/strict";
import { test } from "node:test";
import type { CheckDescription, CheckKind } from "../../../src/supervise/index.ts";
import { Pill, processOf, started } from "./harness.ts";

const HTTP = { type: "http", openTimeoutMs: 5_000, readTimeoutMs: 5_000 } as const;

const KINDS: readonly (readonly [string, CheckKind])[] = [
  [
    ":cpu_usage, below: 20.5, include_children: true",
    { type: "cpu_usage", belowPercent: 20.5, includeChildren: true },
  ],
  [
    ":mem_usage, below: 1.5.megabytes",
    { type: "mem_usage", belowBytes: 1_572_864, includeChildren: false },
  ],
  ["'running_time', below: 24.hours", { type: "running_time", belowMs: 86_400_000 }],
  [
    ":file_time, filename: 'log/a', below: 3",
    { type: "file_time", filename: "/srv/log/a", belowMs: 3_000 },
  ],
  [":http, url: 'http://localhost/'", { ...HTTP, url: "http://localhost/", status: "2" }],
  [
    ":http, url: 'https://a/b?c', kind: 302, timeout: 1, open_timeout: 0.5",
    { type: "http", url: "https://a/b?c", status: "302", openTimeoutMs: 500, readTimeoutMs: 1_000 },
  ],
  [":http, url: 'http://a/', kind: :redirection", { ...HTTP, url: "http://a/", status: "3" }],
  [":http, url: 'http://a/', kind: 'client_error'", { ...HTTP, url: "http://a/", status: "4" }],
  [":http, url: 'http://a/', kind: 'NotFound'", { ...HTTP, url: "http://a/", status: "404" }],
  [
    ":http, url: 'http://a/', pattern: /\\Aup (?<n>\\h+)$/i",
    {
      ...HTTP,
      url: "http://a/",
      status: "2",
      pattern: { source: "(?<![\\s\\S])up (?<n>[0-9a-fA-F]+)$", flags: "imu" },
    },
  ],
  [
    ":http, url: 'http://a/', pattern: 'a.b'",
    { ...HTTP, url: "http://a/", status: "2", pattern: { source: "a\\.b", flags: "mu" } },
  ],
  [":zombie_process", { type: "zombie_process" }],
  [":always_true", { type: "always_true" }],
  [
    ":mem_growth, below: 10.megabytes, within: 1.hour",
    { type: "mem_growth", belowBytes: 10_485_760, withinMs: 3_600_000 },
  ],
  [":open_files, below: 900", { type: "open_files", below: 900 }],
  [":disk_usage, path: '/var', below: 90", { type: "disk_usage", path: "/var", belowPercent: 90 }],
  [":connect, port: 80", { type: "connect", address: "127.0.0.1:80", timeoutMs: 5_000 }],
  [
    ":connect, host: '::1', port: 80, timeout: 1",
    { type: "connect", address: "[::1]:80", timeoutMs: 1_000 },
  ],
  [":connect, path: 'a.sock'", { type: "connect", address: "/srv/a.sock", timeoutMs: 5_000 }],
  [":connect, address: 'unix:/tmp/a'", { type: "connect", address: "/tmp/a", timeoutMs: 5_000 }],
  [":connect, address: '[::1]:8080'", { type: "connect", address: "[::1]:8080", timeoutMs: 5_000 }],
];

test("evaluatePill() knows every check, with every option", async (t) => {
  const pill = await Pill.write(
    t,
    `Bluepill.application("app") do
${KINDS.map(([check], index) => `process("p${index}") { start_command "x"; working_dir "/srv"; checks ${check}, every: 5 }`).join("\n")}
end`,
  );
  const { apps } = await pill.evaluate();
  const kinds = (apps[0]?.processes ?? []).map(({ checks }) => checks.map(({ kind }) => kind));
  assert.deepEqual(
    kinds,
    KINDS.map(([, kind]) => [kind]),
  );
});

const TERMS: readonly (readonly [string, Partial<CheckDescription>])[] = [
  ["every: 10.seconds", { everyMs: 10_000, times: [1, 1], fires: ["restart"] }],
  ["every: 0.5, times: 3", { everyMs: 500, times: [3, 3] }],
  ["every: 1, times: [3, 5], fires: 'stop'", { times: [3, 5], fires: ["stop"] }],
  ["every: 1, fires: [:unmonitor, :start]", { fires: ["unmonitor", "start"] }],
  ["every: 1, fires: [:stop, :term, :kill]", { fires: ["stop"] }],
];

for (const [terms, expected] of TERMS) {
  test(`evaluatePill() reads a check's ${terms}`, async (t) => {
    const { checks } = await processOf(t, `p.start_command "x"; p.checks :always_true, ${terms}`);
    const [check] = checks;
    assert.equal(check?.name, "always_true");
    assert.deepEqual({ ...check, ...expected }, check);
  });
}

test("evaluatePill() keeps the order of checks, and the later of two with one name", async (t) => {
  const pill = await Pill.write(
    t,
    started(`p.checks :mem_usage, every: 1, below: 1
p.checks :always_true, every: 1
p.checks :mem_usage, every: 2, below: 2`),
  );
  const { apps, warnings } = await pill.evaluate();
  const checks = apps[0]?.processes[0]?.checks ?? [];
  assert.deepEqual(
    checks.map(({ name, everyMs }) => [name, everyMs]),
    [
      ["mem_usage", 2_000],
      ["always_true", 1_000],
    ],
  );
  assert.deepEqual(warnings, [
    {
      message: "The check :mem_usage of 'web' stands twice: this one replaces that of line 3.",
      place: { file: pill.path, line: 5 },
    },
  ]);
});

test("evaluatePill() reads :flapping, with bluepill's defaults", async (t) => {
  const flapping = async (options: string) =>
    (await processOf(t, `p.start_command "x"; p.checks :flapping${options}`)).flapping;
  assert.deepEqual(await flapping(""), { times: 5, withinMs: 1_000, retryInMs: 5_000 });
  assert.deepEqual(await flapping(", times: 2, within: 30.seconds, retry_in: 0"), {
    times: 2,
    withinMs: 30_000,
    retryInMs: 0,
  });
});

/** Ruby's regular expressions, and texts that tell one from another. */
const PATTERNS = [
  "/^ok$/",
  "/\\Aok/",
  "/ok\\z/",
  "/ok\\Z/",
  "/o.k/",
  "/o.k/m",
  "/OK/i",
  "/o k # a comment/x",
  "/o\\ k/x",
  "/[[:alpha:]]+[[:digit:]]/",
  "/[^[:space:]]k/",
  "/\\p{Alpha}\\d/",
  "/\\h{2,3}-\\H/",
  "/a{,2}b\\/\\{x\\}/",
  "/{}]/",
  "/(?<word>o)\\k<word>/",
  "/(?:a|b)(?=c)(?!d)/",
  "/(?<=o)k(?<!ak)/",
  "/#{/ok/}$/",
  "/é|\\u00fc|\\x41/",
  "/[\\w.-]+@[\\w\\-]+/",
  "/a\\Rb/",
  "/\\-\\#\\&\\@\\'\\%/",
  "/\\bok\\b/",
  "Regexp.new(Regexp.escape('a.b*c-d e{1}/#'))",
];
const TEXTS = [
  "ok",
  "no\nok\nno",
  "ok\n",
  "no ok",
  "o\nk",
  "oxk",
  "OK",
  "o k",
  "ab1",
  "ü7",
  "fa0-z",
  "aab/{x}",
  "{}]",
  "oo",
  "ac bcd",
  "ak ok",
  "é",
  "A",
  "a.b@c-d",
  "a\r\nb",
  "-#&@'%",
  "book",
  "a.b*c-d e{1}/#",
  "",
];

test("evaluatePill() gives JavaScript patterns that match what Ruby's match", async (t) => {
  const all = PATTERNS.join(",\n");
  const pill = await Pill.write(
    t,
    `patterns = [${all}]
texts = JSON.parse(${JSON.stringify(JSON.stringify(TEXTS)).replaceAll("#", "\\#")})
puts patterns.map { |pattern| texts.map { |text| pattern.match?(text) } }.to_json
Bluepill.application("app") do
  patterns.each_with_index do |one, index|
    process("p#{index}") { start_command "x"; checks :http, every: 1, url: "http://a/", pattern: one }
  end
end`,
  );
  const { apps } = await pill.evaluate();
  const theirs: readonly (readonly boolean[])[] = JSON.parse(await pill.lastLine());
  for (const [index, { checks }] of (apps[0]?.processes ?? []).entries()) {
    const kind = checks[0]?.kind;
    if (kind?.type !== "http" || kind.pattern === undefined) throw new Error("no pattern");
    const pattern = new RegExp(kind.pattern.source, kind.pattern.flags);
    const ours = TEXTS.map((text) => pattern.test(text));
    assert.deepEqual(ours, theirs[index], `${PATTERNS[index]} became ${pattern}`);
    assert.ok(ours.includes(true) && ours.includes(false), `${PATTERNS[index]} tells nothing`);
  }
  assert.equal(theirs.length, PATTERNS.length);
});
