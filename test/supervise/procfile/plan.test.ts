import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import {
  basePort,
  daemonLineOf,
  ONE_OF_EACH,
  type Plan,
  type PlannedProcess,
  parseFormation,
  parseProcfile,
  planProcesses,
} from "../../../src/supervise/index.ts";
import { shellWords } from "../../../src/supervise/procfile/shell-words.ts";
import { askForeman } from "./foreman.ts";

const PROCFILE = "web: a\nworker: b\nclock: c\n";

function planOf(text: string, options: Partial<Parameters<typeof planProcesses>[1]> = {}): Plan {
  return planProcesses(parseProcfile(text, "Procfile"), {
    root: "/srv/app",
    formation: ONE_OF_EACH,
    port: 5_000,
    portStep: 100,
    settings: {},
    env: {},
    environment: "development",
    ...options,
  });
}

test("planProcesses() gives the processes and ports that foreman gives", () => {
  const formations = ["all=1", "web=2,worker=1", "all=0, clock=3", "web=0,all=2", "worker = 4"];
  const plans = formations.flatMap((formation) =>
    [5_000, 80].map((port) => ({ procfile: PROCFILE, formation, port })),
  );
  const said = askForeman({ plans }).plans;
  for (const [index, { formation, port }] of plans.entries()) {
    const { processes } = planOf(PROCFILE, { formation: parseFormation(formation), port });
    assert.deepEqual(
      processes.map((one) => [one.name, one.port]),
      said[index],
    );
    for (const { environment, name, port: own } of processes) {
      assert.deepEqual(environment, { PORT: String(own), PS: name });
    }
  }
});

test("planProcesses() takes custom_web for the web server, and tells it what Cloud 66 does", () => {
  const plan = planOf("web: a\ncustom_web: b\n", { settings: { RACK_ENV: "staging" } });
  assert.equal(plan.isWebIgnored, true);
  assert.deepEqual(
    plan.processes.map(({ name, environment }) => ({ name, environment })),
    [
      {
        name: "custom_web.1",
        environment: {
          CUSTOM_WEB_SOCKET_FILE: "unix:///tmp/web_server.sock",
          CUSTOM_WEB_PID_FILE: "/tmp/web_server.pid",
          STACK_PATH: "/srv/app",
          RACK_ENV: "staging",
          RAILS_ENV: "staging",
          PORT: "5100",
          PS: "custom_web.1",
        },
      },
    ],
  );
  const given = planOf("custom_web: b\n", { env: { CUSTOM_WEB_PID_FILE: "/run/x.pid" } });
  assert.equal(given.processes[0]?.environment["CUSTOM_WEB_PID_FILE"], undefined);
});

test("planProcesses() refuses what is not there, and ports that are none", () => {
  const refused = (options: Parameters<typeof planOf>[1], message: RegExp | string): void => {
    assert.throws(() => planOf(PROCFILE, options), { name: "ProcfileError", message });
  };
  refused(
    { formation: parseFormation("wbe=1") },
    "Procfile has no wbe. It has web, worker, clock.",
  );
  refused({ formation: parseFormation("all=0") }, /Nothing of Procfile is to run/);
  refused({ port: 65_500 }, "worker.1 would have port 65600. Name a lower one with -p PORT.");
  for (const text of ["web", "web=x", "web=1;", "=1", "", "web=1,,"]) {
    assert.throws(() => parseFormation(text), { name: "ProcfileError" }, text);
  }
});

test("basePort() asks the option, the env files, the environment, and then takes 5000", () => {
  assert.equal(basePort(1, { PORT: "2" }, { PORT: "3" }), 1);
  assert.equal(basePort(undefined, { PORT: "2" }, { PORT: "3" }), 2);
  assert.equal(basePort(undefined, {}, { PORT: "3" }), 3);
  assert.equal(basePort(undefined, {}, {}), 5_000);
  assert.throws(
    () => basePort(undefined, { PORT: "http" }, {}),
    /PORT is "http", which is no port/,
  );
});

test("shellWords() splits and expands as the shell does", () => {
  const env = { A: "one", B_2: "x y", PORT: "5000" };
  const commands = [
    "thin start -e $A -p $" + "{PORT}",
    `echo '$A' "$A and \\$A" a\\ b "it's" 'a "b"' x"$A"'y'`,
    "a $NONE- $PORTAL",
    `"" x`,
  ];
  for (const command of commands) {
    const shell = spawnSync("/bin/sh", ["-c", `printf '%s\\n' ${command}`], {
      env: { PATH: process.env["PATH"], ...env },
      encoding: "utf8",
    });
    const [words] = shellWords(command, env);
    assert.deepEqual(words, shell.stdout.slice(0, -1).split("\n"), command);
  }
  assert.deepEqual(shellWords("cd app && thin start | tee x; y", {}), [
    ["cd", "app"],
    ["thin", "start"],
    ["tee", "x"],
    ["y"],
  ]);
});

test("daemonLineOf() finds pid file and log of a line that goes to the background", () => {
  const line = (command: string, type = "web"): ReturnType<typeof daemonLineOf> => {
    const environment = type === "custom_web" ? { CUSTOM_WEB_PID_FILE: "/tmp/w.pid" } : {};
    const plan: PlannedProcess = {
      ...{ type, instance: 1, name: `${type}.1`, port: 5_000, environment },
      command,
    };
    return daemonLineOf(plan, "/srv", { TMP: "/tmp" });
  };
  assert.deepEqual(line("bundle exec thin start --pid $TMP/t.pid -l log/x.log -d"), {
    pidFiles: ["/tmp/t.pid"],
    logFiles: ["/srv/log/x.log"],
    isSaid: true,
  });
  assert.deepEqual(line("thin start -c app -d")?.pidFiles, [
    "/srv/app/tmp/pids/thin.pid",
    "/srv/tmp/pids/thin.pid",
  ]);
  assert.deepEqual(line("puma --pidfile=/tmp/p.pid"), {
    pidFiles: ["/tmp/p.pid"],
    logFiles: [],
    isSaid: false,
  });
  assert.deepEqual(line("unicorn -Dc config/unicorn.rb", "custom_web"), {
    pidFiles: ["/tmp/w.pid"],
    logFiles: [],
    isSaid: true,
  });
  assert.equal(line("sidekiq -d"), undefined);
  assert.equal(line("rackup -p $PORT"), undefined);
});
