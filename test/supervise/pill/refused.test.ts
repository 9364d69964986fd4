import assert from "node:assert/strict";
import { test } from "node:test";
import { around, Pill, started } from "./harness.ts";

const at = (line: number): string => `Config Error: pill.pill:${line}: `;
const check = (text: string): string => started(`p.checks ${text}`);
const CHECK = `${at(3)}the check`;

/** Pills that are refused with exit 6, and what is said. */
const REFUSED: readonly (readonly [pill: string, message: string])[] = [
  // bluepill's own, word for word.
  [
    'Bluepill.application("a") { 2.times { process("p") { start_command "x" } } }',
    "Config Error: You have two entries for the process name 'p'",
  ],
  [
    'Bluepill.application("a") { 2.times { process("p") { start_command "x"; group :g } } }',
    "Config Error: You have two entries for the process name 'p' in the group 'g'",
  ],
  [around(""), "Config Error: You must specify a start_command for 'web'"],
  [around("p.start_command = nil"), "Config Error: You must specify a start_command for 'web'"],
  [
    `Bluepill.application("a") { %w[p q].each { |n| process(n) { start_command "x"; pid_file "/tmp/x.pid" } } }`,
    "Config Error: You have two entries with the pid file: /tmp/x.pid",
  ],
  [
    started("p.stop_signals = ['quit']"),
    "Config Error: Invalid stop_signals!  Expected a symbol (signal) at position 0 instead of 'quit'.",
  ],
  [
    started("p.stop_signals = [:quit, 1.5.seconds, :kill]"),
    "Config Error: Invalid stop_signals!  Expected a number (delay) at position 1 instead of '1.5'.",
  ],
  [
    started("p.stop_signals = []"),
    "Config Error: Invalid stop_signals!  Expected an odd number of elements.",
  ],
  [
    started("p.stop_signals = [:quit, 1]"),
    "Config Error: Invalid stop_signals!  Expected an odd number of elements.",
  ],
  [
    started("p.stop_signals = [:term]"),
    "Config Error: Stop_grace_time should be greater than the sum of stop_signals delays!",
  ],
  [
    started("p.stop_signals = [:quit, 9, :kill]; p.stop_grace_time = 9"),
    "Config Error: Stop_grace_time should be greater than the sum of stop_signals delays!",
  ],
  [
    started("p.monitor_children { }"),
    "Config Error: Invalid child process monitor for 'web'\nYou must specify a stop command to monitor child processes.",
  ],
  // Names.
  [
    started("p.deamonize = true"),
    `${at(3)}There is no attribute deamonize for 'web'. Did you mean daemonize?`,
  ],
  [started("p.frobnicate!"), `${at(3)}There is no attribute frobnicate for 'web'.`],
  [
    started("p.monitor_children { |c| c.stop_comand 'x' }"),
    `${at(3)}There is no attribute stop_comand for the children of 'web'. Did you mean stop_command?`,
  ],
  [
    'Bluepill.application("a") do |app|\n  app.work_dir = "/"\nend',
    `${at(2)}There is no attribute work_dir for the application 'a'. Did you mean working_dir?`,
  ],
  [
    'Bluepill.application("a", log_fil: "x") { }',
    `${at(1)}There is no option log_fil: for the application 'a'. Did you mean log_file?`,
  ],
  ['Bluepill.application("") { }', `${at(1)}Bluepill.application needs a name and a block.`],
  ['Bluepill.application("a")', `${at(1)}Bluepill.application needs a name and a block.`],
  [
    'Bluepill.application("a/b") { }',
    `${at(1)}the name of the application becomes that of a file: "a/b" cannot be one.`,
  ],
  [
    '2.times { Bluepill.application("a") { } }',
    `${at(1)}The application 'a' stands twice in this pill. Give one of them another name.`,
  ],
  ['Bluepill.application("a") { process("p") }', `${at(1)}A process needs a name and a block.`],
  ['Bluepill.application("a") { process { } }', `${at(1)}A process needs a name and a block.`],
  [
    started("p.monitor_children true"),
    `${at(3)}monitor_children of 'web' needs a block, with the stop_command for a child.`,
  ],
  // Values.
  [
    started("p.start_grace_time = '10'"),
    `${at(3)}start_grace_time of 'web': expected a number of at least 0, got "10".`,
  ],
  [
    started("p.stop_grace_time = -1"),
    `${at(3)}stop_grace_time of 'web': expected a number of at least 0, got -1.`,
  ],
  [started("p.daemonize = 'no'"), `${at(3)}daemonize of 'web': expected true or false, got "no".`],
  [
    started("p.environment = 'A=1'"),
    `${at(3)}environment of 'web': expected a Hash of names and values, got "A=1".`,
  ],
  [
    started("p.pid_file = ' '"),
    `${at(3)}pid_file of 'web': expected a text that is not empty, got " ".`,
  ],
  [started("p.stdout = true"), `${at(3)}stdout of 'web': expected a text, got true.`],
  [started(`p.stdout = "a\\xff"`), `${at(3)}stdout of 'web': expected UTF-8, got "a\\xFF".`],
  [
    started(`p.stop_command = "a\\0"`),
    `${at(3)}stop_command of 'web': a NUL byte cannot be part of it, got "a\\u0000".`,
  ],
  [
    started("p.umask = 0o1000"),
    `${at(3)}umask of 'web': expected mode bits such as 0022, got 512.`,
  ],
  [started("p.umask = '8'"), `${at(3)}umask of 'web': expected mode bits such as 0022, got "8".`],
  [
    started("p.on_start_timeout = :stopp"),
    `${at(3)}on_start_timeout of 'web': expected one of start, stop, restart, unmonitor, got :stopp. Did you mean stop?`,
  ],
  [
    started("p.stop_command = 'kill \"'"),
    `${at(3)}stop_command of 'web': a quote is not closed, got "kill \\"".`,
  ],
  [started("p.stop_command = []"), `${at(3)}stop_command of 'web': expected a command, got [].`],
  [
    started("p.uid = 'nobody-knows-me'"),
    `${at(3)}uid of 'web': the system knows no user nobody-knows-me. Add the user, or correct the name.`,
  ],
  [
    started("p.gid = 4_000_000_000"),
    `${at(3)}gid of 'web': the system knows no group 4000000000. Add the group, or correct the name.`,
  ],
  [
    started("p.supplementary_groups = %w[nobody-knows-us]"),
    `${at(3)}supplementary_groups of 'web': the system knows no group nobody-knows-us. Add the group, or correct the name.`,
  ],
  [
    started("p.stop_signals = :term"),
    `${at(3)}stop_signals of 'web': expected a list such as [:quit, 30, :term], got :term.`,
  ],
  [
    started("p.stop_signals = [:trem]; p.stop_grace_time = 1"),
    `${at(3)}stop_signals of 'web': there is no signal trem. Did you mean TERM?`,
  ],
  [
    started("p.backoff first: 1, celing: 2"),
    `${at(3)}backoff of 'web' has no option celing. Did you mean ceiling?`,
  ],
  [
    started("p.watchdog_time = 0"),
    `${at(3)}watchdog_time of 'web': expected a number above 0, got 0.`,
  ],
  [
    started("p.log_rotate keep: 0"),
    `${at(3)}keep of log_rotate of 'web': expected a whole number from 1 to 1000, got 0.`,
  ],
  [
    started("p.log_rotate size: '10M'"),
    `${at(3)}size of log_rotate of 'web': expected a number of at least 0, got "10M".`,
  ],
  [
    'Bluepill.application("a", log_file: "/tmp/a.log", log_rotate: { sise: 9 }) { }',
    `${at(1)}log_rotate: of the application 'a' has no option sise. Did you mean size?`,
  ],
  [
    started("p.backoff 3"),
    `${at(3)}backoff of 'web': expected first:, ceiling: and forgive_after:, got 3.`,
  ],
  [
    started("p.depends_on 'webb'"),
    `${at(3)}depends_on of 'web': there is no process 'webb'. Did you mean web?`,
  ],
  [started("p.depends_on 'web'"), `${at(3)}depends_on of 'web': it waits for itself: web → web.`],
  [
    'Bluepill.application("a") { %w[p q r p].each_cons(2) { |a, b| process(a) { start_command "x"; depends_on b } } }',
    `${at(1)}depends_on of 'p': it waits for itself: p → q → r → p.`,
  ],
  // Checks.
  [
    check(":mem_usge, every: 1, below: 1"),
    `${at(3)}There is no check :mem_usge. Did you mean mem_usage?`,
  ],
  [check("every: 1"), `${at(3)}\`checks\` begins with the name of a check, such as :mem_usage.`],
  [
    check(":mem_usage, 5"),
    `${CHECK} mem_usage of 'web': expected options such as every: 10.seconds, got 5.`,
  ],
  [check(":mem_usage, below: 1"), `${CHECK} mem_usage of 'web': every: is missing.`],
  [check(":mem_usage, every: 1"), `${CHECK} mem_usage of 'web': below: is missing.`],
  [check(":file_time, every: 1, below: 1"), `${CHECK} file_time of 'web': filename: is missing.`],
  [
    check(":cpu_usage, every: 1, below: 1, time: 3"),
    `${CHECK} cpu_usage of 'web': there is no option time:. Did you mean times?`,
  ],
  [
    check(":always_true, every: 0"),
    `${at(3)}every: of the check always_true of 'web': expected a number above 0, got 0.`,
  ],
  [
    check(":cpu_usage, every: 1, below: '5%'"),
    `${at(3)}below: of the check cpu_usage of 'web': expected a number of at least 0, got "5%".`,
  ],
  ...["[3, 2]", "0", "[1, 2, 3]", "'3'", "1.5"].map(
    (times) =>
      [
        check(`:always_true, every: 1, times: ${times}`),
        `${at(3)}times: of the check always_true of 'web': expected a number, or two such as [3, 5] (three of the last five), got ${times.replaceAll("'", '"')}.`,
      ] as const,
  ),
  [
    check(":always_true, every: 1, fires: :explode"),
    `${at(3)}fires: of the check always_true of 'web': expected one of start, stop, restart, unmonitor, got :explode.`,
  ],
  [
    check(":always_true, every: 1, fires: :term"),
    `${at(3)}fires: of the check always_true of 'web': expected one of start, stop, restart, unmonitor, got :term.`,
  ],
  [
    check(":always_true, every: 1, fires: []"),
    `${at(3)}fires: of the check always_true of 'web': expected an event, got [].`,
  ],
  [
    check(":http, every: 1, url: 'localhost'"),
    `${at(3)}url: of the check http of 'web': expected a URL that begins with http:// or https://, got "localhost".`,
  ],
  [
    check(":http, every: 1, url: 'http://a b'"),
    `${at(3)}url: of the check http of 'web': expected a URL, got "http://a b".`,
  ],
  [
    check(":http, every: 1, url: 'http://a', kind: :sucess"),
    `${at(3)}kind: of the check http of 'web': expected a status or the name of one, got :sucess. Did you mean success?`,
  ],
  [
    check(":http, every: 1, url: 'http://a', pattern: 5"),
    `${at(3)}pattern: of the check http of 'web': expected a regular expression, got 5.`,
  ],
  [
    check(":http, every: 1, url: 'http://a', pattern: /a(?>b)/"),
    `${at(3)}pattern: of the check http of 'web': JavaScript, which will match it, knows no (?>b), got /a(?>b)/.`,
  ],
  [
    check(":connect, every: 1"),
    `${at(3)}the check connect of 'web': expected port: (and host:), path:, or address: "host:port", got {:every=>1}.`,
  ],
  [
    check(":connect, every: 1, port: 0"),
    `${at(3)}port: of the check connect of 'web': expected a whole number from 1 to 65535, got 0.`,
  ],
  [
    check(":flapping, times: 2, witin: 3"),
    `${CHECK} flapping of 'web': there is no option witin:. Did you mean within?`,
  ],
  [
    check(":flapping, times: 0"),
    `${at(3)}times: of the check flapping of 'web': expected a whole number from 1 to 1000, got 0.`,
  ],
  // Notifications.
  [
    'Bluepill.application("a") { notify on: :dwon, command: "x" }',
    `${at(1)}notify: there is no state dwon. Did you mean down?`,
  ],
  [
    'Bluepill.application("a") { notify command: "x" }',
    `${at(1)}notify: on: is missing: one or several of unmonitored, up, down, starting, stopping, restarting.`,
  ],
  [
    'Bluepill.application("a") { notify on: :up }',
    `${at(1)}notify: expected either command: or webhook:.`,
  ],
  [
    'Bluepill.application("a") { notify on: :up, webhook: "ftp://a" }',
    `${at(1)}notify: webhook: is no URL that begins with http:// or https://: ftp://a`,
  ],
];

for (const [source, message] of REFUSED) {
  test(`evaluatePill() refuses: ${message.split("\n")[0]}`, async (t) => {
    const pill = await Pill.write(t, source);
    const error = await pill.error();
    assert.equal(pill.plain(error.message), message);
    assert.deepEqual([error.code, error.exitCode], ["ERR_PILL_CONFIG", 6]);
    assert.equal(error.place?.file, pill.path);
  });
}

test("evaluatePill() refuses a pattern that only Ruby takes, in JavaScript's words", async (t) => {
  const pill = await Pill.write(
    t,
    check(":http, every: 1, url: 'http://a', pattern: /\\p{Blank}/"),
  );
  const { message, exitCode, place } = await pill.error();
  const text = /^Config Error: pill\.pill:3: pattern: of the check http: Invalid .*\\p\{Blank\}/;
  assert.match(pill.plain(message), text);
  assert.deepEqual([exitCode, place], [6, { file: pill.path, line: 3 }]);
});

test("evaluatePill() says where a thing is refused that bluepill's words do not place", async (t) => {
  const pill = await Pill.write(t, around("\n\np.stop_grace_time = 3"));
  const { place } = await pill.error();
  assert.deepEqual(place, { file: pill.path, line: 2 });
});

test("evaluatePill() names the file that a wrong line stands in, when the pill has loaded it", async (t) => {
  const pill = await Pill.write(
    t,
    `def common(process) = eval("process.deamonize = true", binding, "/etc/common.rb", 7)
Bluepill.application("a") { process("p") { |p| common(p) } }`,
  );
  const { message } = await pill.error();
  assert.match(message, /^Config Error: \/etc\/common\.rb:7: There is no attribute deamonize/);
});

test("evaluatePill() lets no rescue of the pill's swallow a refusal", async (t) => {
  const pill = await Pill.write(t, `begin\n${started("p.deamonize!")}\nrescue => e\nend`);
  assert.equal((await pill.error()).exitCode, 6);
});

test("evaluatePill() warns of a local variable where an attribute was meant", async (t) => {
  const pill = await Pill.write(
    t,
    `pid_file = "/top/level/is/fine"
Bluepill.application("app") do
  uid = gid = "deploy"
  process("web") do |process|
    process.start_command = "x"
    process.uid = group = nil
    working_dir = "/srv"
    process.working_dir = working_dir
    process.monitor_children { stop_command = "kill"; stop_command "x" }
  end
end`,
  );
  const { warnings } = await pill.evaluate();
  const seen = warnings.map(({ message, place }) => [message.split(" ")[0], place?.line]);
  assert.deepEqual(seen, [
    ["`uid", 3],
    ["`gid", 3],
    ["`group", 6],
    ["`stop_command", 9],
  ]);
  assert.match(warnings[0]?.message ?? "", /= …` sets a local variable that nothing reads/);
});

const WARNINGS: readonly (readonly [pill: string, message: string])[] = [
  [started("p.kill_command = 'x'"), "kill_command of 'web' has no effect."],
  [
    started("p.monitor_children { stop_command 'x'; term_command 'x'; pid_file 'x' }"),
    "term_command of the children of 'web' has no effect.",
  ],
  [
    check(":http, every: 1, url: 'http://a', retry_in: 3"),
    "retry_in: of the check http of 'web' has no effect.",
  ],
  [check(":flapping, every: 3"), "every: of the check flapping of 'web' has no effect."],
  [
    check(":always_true, every: 1, fires: [:stop, :term, :kill]"),
    ":term and :kill in fires: of the check always_true of 'web' is no event and has no effect.",
  ],
  [
    started("p.stop_command = 'x'; p.stop_signals = [:term]; p.stop_grace_time = 1"),
    "stop_signals of 'web' are not used, as there is a stop_command.",
  ],
  [
    'Bluepill.application("a", "colour" => "x") { }',
    "colour: of the application 'a' has no effect.",
  ],
  [
    'Bluepill.application("a", log_rotate: true) { }',
    "log_rotate: of the application 'a' has no effect without log_file:.",
  ],
];

for (const [source, message] of WARNINGS) {
  test(`evaluatePill() warns: ${message}`, async (t) => {
    const pill = await Pill.write(t, source);
    const { warnings } = await pill.evaluate();
    const line = source.startsWith('Bluepill.application("a"') ? 1 : 3;
    assert.deepEqual(warnings[0], { message, place: { file: pill.path, line } });
  });
}
