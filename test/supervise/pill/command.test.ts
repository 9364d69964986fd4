import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import type { ProcessDescription } from "../../../src/supervise/index.ts";
import { application, only, Pill } from "./harness.ts";

const sh = (line: string): readonly string[] => ["/bin/sh", "-c", line];

/** What a pill writes as a Ruby literal, and what is run. `PORT`, `OPTS` and `Q` are in the process's environment. */
const COMMANDS: readonly (readonly [string, readonly string[]])[] = [
  [`"serve -p 3000 'a b' \\"c d\\" e\\\\ f"`, ["serve", "-p", "3000", "a b", "c d", "e f"]],
  [`'log.sh stop {{PID}} %{{PID}} $HOME'`, ["log.sh", "stop", "{{PID}}", "%{{PID}}", "$HOME"]],
  [`["a b", :c, 3]`, ["a b", "c", "3"]],
  ['%(one "" two)', ["one", "", "two"]],
  ["'serve'", ["serve"]],
  // What is given in the process's own environment, as a shell would put it in.
  [`'serve -p $PORT $\{PORT}1 x$PORT'`, ["serve", "-p", "5000", "50001", "x5000"]],
  ["'serve $PORTAL $UNKNOWN ~ *'", ["serve", "$PORTAL", "$UNKNOWN", "~", "*"]],
  [`%q(serve '$PORT' "$PORT" \\$PORT "'$PORT'")`, ["serve", "$PORT", "5000", "$PORT", "'5000'"]],
  ["'serve $OPTS'", ["serve", "-a", "-b"]],
  [`'serve "$OPTS" $Q "$Q"'`, ["serve", "-a  -b", "it's", '"so"', `it's "so"`]],
  // One word that only a shell understands.
  [`"'ulimit -n 9; exec serve'"`, sh("ulimit -n 9; exec serve")],
  ["'run*'", sh("run*")],
  ["'$PORT'", ["5000"]],
  // Variables before the program.
  ["'RAILS_ENV=production rake work'", ["/usr/bin/env", "RAILS_ENV=production", "rake", "work"]],
  // The last command takes the shell's place, where that is sure to be right.
  ["'cd /srv && serve -d'", sh("cd /srv && exec serve -d")],
  [`'cd "/a b"; PORT=1 serve -p $PORT'`, sh(`cd "/a b"; exec env PORT=1 serve -p $PORT`)],
  ["'cd /srv && . ./env && serve > log 2>&1'", sh("cd /srv && . ./env && exec serve > log 2>&1")],
  ["'cd /srv && exec serve'", sh("cd /srv && exec serve")],
  ["'cd /srv && export A=1'", sh("cd /srv && export A=1")],
  ["'cd /srv; serve | tee log'", sh("cd /srv; serve | tee log")],
  ["'cd /srv && serve &'", sh("cd /srv && serve &")],
  [`"cd /srv && sh -c 'a; b'"`, sh("cd /srv && sh -c 'a; b'")],
  ["'cd /srv; if true; then serve; fi'", sh("cd /srv; if true; then serve; fi")],
  ["'cd /srv'", ["cd", "/srv"]],
  ["'cdrecord a;'", ["cdrecord", "a;"]],
];

test("evaluatePill() makes words of commands", async (t) => {
  const processes = COMMANDS.map(
    ([written], index) => `process("p${index}") do
  environment "PORT" => 5000, "OPTS" => "-a  -b", "Q" => %q(it's "so")
  start_command(${written})
end`,
  );
  const app = await application(t, `Bluepill.application("a") do\n${processes.join("\n")}\nend`);
  const made = app.processes.map((one, index) => [COMMANDS[index]?.[0], one.startCommand]);
  assert.deepEqual(made, COMMANDS);
});

test("evaluatePill() makes words as a shell does", async (t) => {
  const lines = COMMANDS.slice(5, 10).map(([written]) => written);
  const pill = await Pill.write(t, `puts [${lines.join(",")}].to_json`);
  await pill.evaluate();
  const env = { PORT: "5000", OPTS: "-a  -b", Q: `it's "so"`, PATH: process.env["PATH"] };
  const script = 'serve() { for one in "$@"; do printf "%s\\n" "$one"; done; }\nset -f\n';
  for (const [index, line] of (JSON.parse(await pill.output()) as readonly string[]).entries()) {
    // What is in nobody's environment and `~` would be replaced by a shell, which ours never does.
    if (/UNKNOWN/.test(line)) continue;
    const { stdout } = spawnSync("/bin/sh", ["-c", script + line], { env, encoding: "utf8" });
    // A shell splits a value at its blanks without looking at quotes in it, and so do we.
    assert.deepEqual(stdout.trimEnd().split("\n"), COMMANDS[index + 5]?.[1].slice(1), line);
  }
});

test("evaluatePill() warns of what only a shell would understand", async (t) => {
  const pill = await Pill.write(
    t,
    `Bluepill.application("a") do
  process("a") { start_command "serve > log" }
  process("b") { start_command "kill 1; serve -D" }
  process("c") { start_command "/bin/sh -c 'serve > log && true'" }
end`,
  );
  const { warnings } = await pill.evaluate();
  assert.deepEqual(
    warnings.map(({ message, place }) => [message.slice(0, 72), place?.line]),
    [
      ["start_command of 'a': no shell reads this command, so `>` is handed on as", 2],
      ["start_command of 'b': no shell reads this command, so `1;` is handed on a", 3],
    ].map(([message, line]) => [String(message).slice(0, 72), line]),
  );
});

test("evaluatePill() uses the environment in all commands, and in those of children", async (t) => {
  const app = await application(
    t,
    `Bluepill.application("a") do |app|
  app.environment = { "N" => 1 }
  app.process("p") do
    start_command "start $N"
    pre_start_command "pre $N"
    stop_command "stop $N"
    restart_command "restart $N"
    monitor_children { stop_command "child $N" }
  end
end`,
  );
  const one: ProcessDescription = only(app.processes);
  const { startCommand, preStartCommand, stopCommand, restartCommand, children } = one;
  const all = [startCommand, preStartCommand, stopCommand, restartCommand, children?.stopCommand];
  assert.deepEqual(
    all.map((words) => words?.join(" ")),
    ["start 1", "pre 1", "stop 1", "restart 1", "child 1"],
  );
});
