import { mkdir, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { type Check, HI, runChecks } from "./check.ts";
import { foundIn, type Side } from "./side.ts";

/** Somebody who listens on the side's port while `work` lasts. */
async function whileTaken<T>(side: Side, work: () => Promise<T>): Promise<T> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(side.port, "127.0.0.1", resolve));
  try {
    return await work();
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

const CHECKS: readonly Check[] = [
  {
    number: 1,
    title: "no command",
    see: async (side) => {
      const { code, stdout } = await side.run();
      return [code, stdout[0], stdout[1]];
    },
    thin: [1, "Command required", "Usage: thin [options] start|stop|restart|config|install"],
  },
  {
    number: 1,
    title: "the sections of the usage",
    see: async (side) => {
      const { code, stdout } = await side.run("-h");
      return [code, stdout.filter((line) => /^\w.*:$/.test(line)).slice(0, 7)];
    },
    thin: [
      0,
      [
        "Server options:",
        "SSL options:",
        "Adapter options:",
        "Daemon options:",
        "Cluster options:",
        "Tuning options:",
        "Common options:",
      ],
    ],
  },
  {
    number: 2,
    title: "-v, alone and beside a command",
    see: async (side) => {
      const [alone, beside] = [await side.run("-v"), await side.run("start", "-v")];
      return [alone, beside].map(({ code, stdout }) => [code, stdout[0]?.slice(0, 31)]);
    },
    thin: [
      [0, "thin 2.0.1 codename Thinception"],
      [0, "thin 2.0.1 codename Thinception"],
    ],
  },
  {
    number: 3,
    title: "an unknown command",
    see: (side) => side.run("foo"),
    thin: {
      code: 1,
      stdout: [],
      stderr: ["Unknown command: foo. Use one of start, stop, restart, config, install"],
    },
  },
  {
    number: 3,
    title: "install with options of a server",
    see: (side) => side.run("install", "-C", "thin.yml"),
    thin: { code: 1, stdout: [], stderr: ["Invalid options for command: install"] },
  },
  {
    number: 4,
    title: "abbreviations, `_` for `-`, glued values, bundles and any order",
    see: async (side) => {
      const words = ["--sock", side.socket, "start", "--max_conns=900", "-t9", "-DO"];
      const running = side.start(...words);
      await side.answer();
      running.signal("SIGINT");
      await running.exited;
      const lines = side.lines(running.stdout());
      return ["Debugging ON", "Maximum connections set to 900"].map((line) => lines.includes(line));
    },
    thin: [true, true],
  },
  {
    number: 4,
    title: "a socket whose path has no slash",
    see: async (side) => {
      const running = side.start("start", "-S", "web.sock");
      if (side.name === "thin") return (await running.exited).code;
      const { text } = await side.answer();
      running.signal("SIGINT");
      return [text, (await running.exited).code];
    },
    thin: 1,
    better: { why: "it is no host", ours: ["hi\n", 0] },
  },
  {
    number: 4,
    title: "a port that is no number is any free port",
    see: async (side) => {
      const running = side.start("start", "-a", "127.0.0.1", "-p", "abc");
      await side.untilSocketsOf(running.pid);
      running.signal("SIGINT");
      const { code } = await running.exited;
      return [code, /Listening on 127\.0\.0\.1:0,/.test(running.stdout())];
    },
    thin: [0, true],
    better: { why: "which one it is, is said", ours: [0, false] },
  },
  ...(
    [
      [
        "an unknown option",
        ["--bogus", "start"],
        "invalid option: --bogus (OptionParser::InvalidOption)",
      ],
      [
        "an option without its argument",
        ["start", "-p"],
        "missing argument: -p (OptionParser::MissingArgument)",
      ],
      [
        "an abbreviation of several options",
        ["start", "--s", "x"],
        "ambiguous option: --s (OptionParser::AmbiguousOption)",
      ],
      [
        "an argument for a flag",
        ["start", "--daemonize=yes"],
        "needless argument: --daemonize=yes (OptionParser::NeedlessArgument)",
      ],
      [
        "a negation that there is not",
        ["start", "--no-ssl"],
        "invalid option: --no-ssl (OptionParser::InvalidOption)",
      ],
      [
        "a word too many",
        ["start", "now"],
        "wrong number of arguments (given 1, expected 0) (ArgumentError)",
      ],
    ] as const
  ).map(
    ([title, words, said]): Check => ({
      number: 4,
      title,
      see: async (side) => {
        const { code, stdout, stderr } = await side.run(...words);
        const pattern =
          /(?:invalid|missing|ambiguous|needless|wrong) [^`]*Error\)|(?:invalid|missing|ambiguous|needless) .*\)/;
        return [code, stdout, foundIn(stderr, pattern)];
      },
      thin: [1, [], said],
    }),
  ),
  {
    number: 5,
    title: "the banner in the foreground, and no files",
    see: async (side) => {
      const running = side.start("start", ...side.onPort);
      await side.answerOnPort();
      running.signal("SIGINT");
      await running.exited;
      const lines = side.lines(running.stdout()).slice(0, 4);
      const banner = lines.map((line) => line.replace(/, by Gossamer [\d.]+/, ""));
      return [banner, await side.names(), await side.file("log/thin.log")];
    },
    thin: [
      [
        "Using rack adapter",
        "Thin web server (v2.0.1 codename Thinception)",
        "Maximum connections set to 1024",
        "Listening on 127.0.0.1:PORT, CTRL+C to stop",
      ],
      [],
      "",
    ],
  },
  {
    number: 5,
    title: "every line begins with the time",
    see: async (side) => {
      const running = await side.serve("-D");
      running.signal("SIGINT");
      await running.exited;
      const lines = running.stdout().trimEnd().split("\n");
      return lines.every((line) => /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4} /.test(line));
    },
    thin: true,
  },
  {
    number: 9,
    title: "a folder without an app",
    see: async (side) => {
      await rm(join(side.folder, "config.ru"));
      return await side.run("start", "-S", side.socket);
    },
    thin: { code: 1, stdout: [], stderr: ["No adapter found for FOLDER"] },
  },
  {
    number: 10,
    title: "an adapter that nobody knows",
    see: (side) => side.run("start", "-A", "foo", "-S", side.socket),
    thin: { code: 1, stdout: ["Using foo adapter"], stderr: ["Adapter not found: foo"] },
    better: {
      why: "nothing is used before it is found",
      ours: { code: 1, stdout: [], stderr: ["Adapter not found: foo"] },
    },
  },
  {
    number: 11,
    title: "a port that is taken",
    see: (side) =>
      whileTaken(side, async () => {
        const { code, stdout, stderr } = await side.run("start", ...side.onPort);
        const said = foundIn(stderr, /no acceptor \(.*?\) \(RuntimeError\)/);
        return [code, stdout.length > 2, said];
      }),
    thin: [1, true, "no acceptor (port is in use or requires root privileges) (RuntimeError)"],
  },
  {
    number: 11,
    title: "a host that there is not",
    see: async (side) => {
      const { code, stderr } = await side.run("start", "-a", "no-such-host.invalid", "-p", "0");
      return [code, foundIn(stderr, /no acceptor \(.*?\) \(RuntimeError\)/)];
    },
    thin: [1, "no acceptor (port is in use or requires root privileges) (RuntimeError)"],
  },
  {
    number: 12,
    title: "a rackup file of another kind",
    see: async (side) => {
      const { code, stderr } = await side.run("start", "-R", "x.txt", "-S", side.socket);
      return [code, foundIn(stderr, /Invalid rackup file\..* file/)];
    },
    thin: [1, "Invalid rackup file.  please specify either a .ru or .rb file"],
  },
  {
    number: 12,
    title: "a rackup file that is not there",
    see: async (side) => {
      const { code, stderr } = await side.run("start", "-R", "none.ru", "-S", side.socket);
      return [code, stderr.length > 0, stderr.length === 1];
    },
    thin: [1, true, false],
    better: { why: "one line, and no backtrace", ours: [1, true, true] },
  },
  {
    number: 12,
    title: "a required file that is not there",
    see: async (side) => {
      const { code, stderr } = await side.run("start", "-r", "./none", "-S", side.socket);
      return [code, foundIn(stderr, /cannot load such file -- \S+/)];
    },
    thin: [1, "cannot load such file -- ./none"],
  },
  {
    number: 12,
    title: "a folder to change to that is not there",
    see: async (side) => {
      const { code, stderr } = await side.run("start", "-c", "none", "-S", side.socket);
      return [
        code,
        foundIn(stderr, /No such file or directory @ dir.* - \S+ \(Errno::ENOENT\)/).replace(
          "dir_s_",
          "dir_",
        ),
      ];
    },
    thin: [1, "No such file or directory @ dir_chdir - FOLDER/none (Errno::ENOENT)"],
  },
  {
    number: 12,
    title: "a backend that there is not",
    see: async (side) => {
      const { code, stderr } = await side.run("start", "-b", "Foo", "-S", side.socket);
      return [code, stderr.length === 1];
    },
    thin: [1, false],
    better: { why: "one line that names the alternatives", ours: [1, true] },
  },
  {
    number: 12,
    title: "a config.ru with data behind __END__",
    rackup: `${HI}\n__END__\nwords (that are no Ruby\n`,
    see: async (side) => {
      const running = side.start("start", "-S", side.socket);
      if (side.name === "thin") return (await running.exited).code;
      const { text } = await side.answer();
      running.signal("SIGINT");
      return [text, (await running.exited).code];
    },
    thin: 1,
    better: { why: "Ruby ends there", ours: ["hi\n", 0] },
  },
  {
    number: 33,
    title: "config without a file to write to",
    see: (side) => side.run("config"),
    thin: { code: 1, stdout: [], stderr: ["config option required"] },
  },
  {
    number: 33,
    title: "config writes what it was given, and how a daemon is started",
    see: async (side) => {
      const words = ["-p", "8080", "-s", "3", "-e", "production", "--tag", "web"];
      const { code, stdout } = await side.run("config", "-C", "made.yml", ...words);
      const written = (await side.file("made.yml")).replaceAll(side.folder, "FOLDER").trimEnd();
      return [code, stdout, written.split("\n")];
    },
    thin: [
      0,
      ["Wrote configuration to made.yml"],
      [
        "---",
        'chdir: "FOLDER"',
        "environment: production",
        "address: 0.0.0.0",
        "port: 8080",
        "timeout: 30",
        'log: "FOLDER/log/thin.log"',
        "pid: tmp/pids/thin.pid",
        "max_conns: 1024",
        "max_persistent_conns: 100",
        "require: []",
        "wait: 30",
        "threadpool_size: 20",
        "servers: 3",
        "tag: web",
        "daemonize: true",
      ],
    ],
  },
  {
    number: 33,
    title: "config for a socket leaves address and port out",
    see: async (side) => {
      await side.run("config", "-C", "made.yml", "-S", "/tmp/a.sock", "-q");
      const written = await side.file("made.yml");
      return [
        /^address:/m.test(written),
        /^port:/m.test(written),
        /^socket: .*a\.sock/m.test(written),
        /^quiet: true$/m.test(written),
      ];
    },
    thin: [false, false, true, true],
  },
  {
    number: 34,
    title: "a config file with ERB, whose word is the last",
    rackup: 'run ->(_) { [200, {}, [ENV["RACK_ENV"]]] }',
    see: async (side) => {
      await side.write("thin.yml", `---\nsocket: <%= "${side.socket}" %>\nenvironment: staging\n`);
      const running = side.start("start", "-C", "thin.yml", "-p", "1", "-e", "other");
      const { text } = await side.answer();
      running.signal("SIGINT");
      return [text, (await running.exited).code];
    },
    thin: ["staging", 0],
  },
  {
    number: 34,
    title: "a config file with keys that are symbols, and numbers that are words",
    see: async (side) => {
      await side.write("thin.yml", `---\n:address: 127.0.0.1\n:port: "${side.port}"\nunknown: 1\n`);
      const running = side.start("start", "-C", "thin.yml");
      const { text } = await side.answerOnPort();
      running.signal("SIGINT");
      return [text, (await running.exited).code];
    },
    thin: ["hi\n", 0],
  },
  ...(
    [
      ["is empty", ""],
      ["is one word", "hello\n"],
      ["is not there", undefined],
    ] as const
  ).map(
    ([title, text]): Check => ({
      number: 34,
      title: `a config file that ${title}`,
      see: async (side) => {
        if (text !== undefined) await side.write("thin.yml", text);
        const { code, stderr } = await side.run("start", "-C", "thin.yml");
        return [code, stderr.length === 1];
      },
      thin: [1, false],
      better: { why: "one line that says what is wrong", ours: [1, true] },
    }),
  ),
  {
    number: 34,
    title: "a config file with one word for a list",
    see: async (side) => {
      await side.write("thin.yml", `require: ./early\nsocket: ${side.socket}\n`);
      await side.write("early.rb", "File.write('early', '')");
      const running = side.start("start", "-C", "thin.yml");
      if (side.name === "thin") return (await running.exited).code;
      const { text } = await side.answer();
      running.signal("SIGINT");
      return [text, (await running.exited).code];
    },
    thin: 1,
    better: { why: "it can mean but one thing", ours: ["hi\n", 0] },
  },
  {
    number: 36,
    title: "--all with each file of a folder but those of editors",
    see: async (side) => {
      await mkdir(join(side.folder, "sites"));
      for (const name of ["a.yml", "b.yml", "c.yml~"]) {
        const [letter = ""] = name;
        const own = ["a.pid", "a.log"].map((one) => join(side.folder, one.replace("a", letter)));
        const text = `socket: ${side.folder}/${letter}.sock\npid: ${own[0]}\nlog: ${own[1]}\n`;
        await side.write(`sites/${name}`, text);
      }
      const { code, stdout } = await side.run("start", "--all", join(side.folder, "sites"));
      for (const letter of ["a", "b"]) await side.answer("/", join(side.folder, `${letter}.sock`));
      const said = stdout.filter((line) => line.startsWith("[start]"));
      return [code, said, await side.isSocket(join(side.folder, "c.sock"))];
    },
    thin: [0, ["[start] FOLDER/sites/a.yml ...", "[start] FOLDER/sites/b.yml ..."], false],
  },
  {
    number: 36,
    title: "--all with a folder that is not there",
    see: (side) => side.run("start", "--all", join(side.folder, "none")),
    thin: { code: 0, stdout: [], stderr: [] },
  },
  {
    number: 37,
    title: "-q",
    see: async (side) => {
      const running = await side.serve("-q");
      running.signal("SIGTERM");
      await running.exited;
      return [side.lines(running.stdout()), side.lines(running.stderr())];
    },
    thin: [[], []],
  },
  {
    number: 50,
    title: "the environment that the app sees",
    rackup: 'run ->(_) { [200, {}, [ENV["RACK_ENV"]]] }',
    see: async (side) => {
      const seen = [];
      for (const [env, words] of [
        [{}, []],
        [{ RACK_ENV: "production" }, []],
        [{ RACK_ENV: "production" }, ["-e", "staging"]],
      ] as const) {
        const running = side.startWith(env, "start", "-S", side.socket, ...words);
        seen.push((await side.answer()).text);
        running.signal("SIGINT");
        await running.exited;
      }
      return seen;
    },
    thin: ["development", "production", "staging"],
  },
];

runChecks(CHECKS);
