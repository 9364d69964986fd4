import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type TestContext, test } from "node:test";
import {
  needsRuby,
  type PillContent,
  PillHost,
  PillHostError,
  type PillHostListener,
  type ProcessDescription,
  type TriggerWord,
} from "../../../src/supervise/index.ts";
import { startChild } from "../../../src/unix/index.ts";
import { isAlive, until, untilGone } from "../../harness/processes.ts";
import { application, only, Pill, started } from "./harness.ts";

const PATIENCE_MS = 20_000;
const parent = { pid: process.pid, isChild: false };

/** A host, and what it said of its own accord. */
class Kept implements PillHostListener {
  readonly words: TriggerWord[] = [];
  readonly lostFor: string[] = [];
  times = 0;
  readonly pill: Pill;
  #host: PillHost | undefined;

  private constructor(pill: Pill) {
    this.pill = pill;
  }

  static async open(t: TestContext, source: string): Promise<Kept> {
    const kept = new Kept(await Pill.write(t, source));
    kept.#host = await PillHost.open(kept.pill.path, kept.pill.request, kept);
    t.after(() => kept.host.close());
    return kept;
  }

  get host(): PillHost {
    if (this.#host === undefined) throw new Error("not open");
    return this.#host;
  }

  said(word: TriggerWord): void {
    this.words.push(word);
  }
  lost(reason: string): void {
    this.lostFor.push(reason);
  }
  found(): void {
    this.times += 1;
  }

  async back(times = 1): Promise<void> {
    const isBack = (): boolean => this.times === times;
    await until(isBack, PATIENCE_MS, () => `it is not back: ${this.lostFor.join("\n")}`);
  }
}

function processIn(content: PillContent): ProcessDescription {
  return only(only(content.apps).processes);
}

/** The number of the check of this name. */
function numberOf(content: PillContent, name: string): number {
  const { checks, triggers, children } = processIn(content);
  const all = [...checks, ...(children?.checks ?? [])];
  const kind = all.find((check) => check.name === name)?.kind;
  const trigger = triggers.find((one) => one.name === name);
  return (kind?.type === "custom" ? kind.id : trigger?.id) ?? -1;
}

const CHECKS = `
module Bluepill
  module ProcessConditions
    class Talkative < ProcessCondition
      def run(pid, include_children)
        [@options, pid, include_children, System.pid_alive?(pid), (@count = @count.to_i + 1)]
      end
      def check(value) = value.last < 3
      def format_value(value) = value.to_json
    end
    class Old
      def initialize(options) = @options = options
      def run(pid) = pid
      def check(value) = value == @options[:good]
    end
    class Slow < ProcessCondition
      def run(*) = sleep
      def check(_) = true
    end
    class Wrong < ProcessCondition
      def run(*) = raise("it is wrong")
    end
    class Leaving < ProcessCondition
      def run(*) = exit(0)
    end
    class Stopping < ProcessCondition
      def run(*) = Process.kill(:STOP, $$) && sleep
    end
  end
end
at_exit { File.write("bye", "") }
Bluepill.application("app") do |app|
  app.process("web") do |p|
    p.start_command = "serve"
    p.checks :talkative, every: 2, times: [1, 3], fires: :stop, include_children: true, own: :option
    p.checks "old", every: 1, good: ${process.pid}
    p.checks :slow, every: 1
    p.checks :wrong, every: 1
    p.checks :leaving, every: 1
    p.checks :stopping, every: 1
    p.monitor_children do
      stop_command "kill {{PID}}"
      checks :talkative, every: 1
    end
  end
end
`;

test("PillHost takes samples with the pill's own checks", async (t) => {
  const { host } = await Kept.open(t, CHECKS);
  const [check] = processIn(host.content).checks;
  assert.deepEqual(
    { ...check, place: undefined },
    {
      name: "talkative",
      place: undefined,
      everyMs: 2_000,
      times: [1, 3],
      fires: ["stop"],
      kind: { type: "custom", id: 0, includeChildren: true },
    },
  );
  const seen: boolean[] = [];
  for (let count = 1; count <= 3; count++) {
    const { ok, value } = await host.check(0, parent, PATIENCE_MS);
    assert.deepEqual(JSON.parse(value), [{ own: "option" }, process.pid, true, true, count]);
    seen.push(ok);
  }
  assert.deepEqual(seen, [true, true, false]);
  const old = await host.check(numberOf(host.content, "old"), parent, PATIENCE_MS);
  assert.deepEqual(old, { ok: true, value: String(process.pid) });
});

test("PillHost has a check of its own for every child, and forgets those that are gone", async (t) => {
  const { host } = await Kept.open(t, CHECKS);
  const { children } = processIn(host.content);
  const kind = children?.checks[0]?.kind;
  if (kind?.type !== "custom") throw new Error("no check for children");
  const count = async (pid: number): Promise<number> =>
    JSON.parse((await host.check(kind.id, { pid, isChild: true }, PATIENCE_MS)).value).at(-1);
  const child = startChild("sleep", ["60"], { stdio: "ignore" });
  const pid = child.pid ?? 0;
  assert.deepEqual([await count(pid), await count(pid)], [1, 2]);
  assert.equal(await count(process.pid), 1);
  child.kill("SIGKILL");
  await child.exited;
  // A new child is what makes it look for those that have gone.
  assert.equal(await count(process.ppid), 1);
  assert.deepEqual([await count(pid), await count(process.pid)], [1, 2]);
});

test("PillHost says what a check raises, and that it calls exit", async (t) => {
  const { host, pill } = await Kept.open(t, CHECKS);
  const line = CHECKS.split("\n").findIndex((text) => text.includes("it is wrong")) + 1;
  await assert.rejects(host.check(numberOf(host.content, "wrong"), parent, PATIENCE_MS), {
    name: "PillHostError",
    message: `${pill.path}:${line}: it is wrong (RuntimeError)`,
  });
  await assert.rejects(host.check(numberOf(host.content, "leaving"), parent, PATIENCE_MS), {
    message: new RegExp(`:${line + 3}: exit \\(SystemExit\\)$`),
  });
  assert.equal((await host.check(0, parent, PATIENCE_MS)).ok, true);
});

test("PillHost lets a slow check hold up no other, and no longer than it may", async (t) => {
  const { host, lostFor } = await Kept.open(t, CHECKS);
  const slow = host.check(numberOf(host.content, "slow"), parent, 500);
  const isLate = assert.rejects(slow, { message: "It took longer than 0.5 s." });
  assert.equal((await host.check(0, parent, PATIENCE_MS)).ok, true);
  await isLate;
  assert.equal((await host.check(0, parent, PATIENCE_MS)).ok, true);
  assert.deepEqual(lostFor, []);
});

test("PillHost starts Ruby anew when it hangs altogether", async (t) => {
  const kept = await Kept.open(t, CHECKS);
  const { host } = kept;
  const hanging = host.check(numberOf(host.content, "stopping"), parent, 300);
  await assert.rejects(hanging, { message: "It took longer than 0.3 s." });
  await kept.back();
  assert.deepEqual(kept.lostFor, [`The Ruby that keeps ${kept.pill.path} ended (SIGKILL).`]);
  assert.equal((await host.check(0, parent, PATIENCE_MS)).ok, true);
});

test("PillHost starts Ruby anew when it dies, and fails what was asked of it", async (t) => {
  const kept = await Kept.open(t, CHECKS);
  const { host } = kept;
  const reason = `The Ruby that keeps ${kept.pill.path} ended (SIGKILL).`;
  const asked = assert.rejects(host.check(numberOf(host.content, "slow"), parent, PATIENCE_MS), {
    name: "PillHostError",
    message: reason,
  });
  const pid = host.pid ?? 0;
  process.kill(pid, "SIGKILL");
  await asked;
  await assert.rejects(host.check(0, parent, PATIENCE_MS), { message: reason });
  await kept.back();
  assert.notEqual(host.pid, pid);
  assert.equal((await host.check(0, parent, PATIENCE_MS)).ok, true);
});

test("PillHost asks no checks of a pill that has changed since", async (t) => {
  const kept = await Kept.open(t, CHECKS);
  const { host, pill } = kept;
  await writeFile(pill.path, CHECKS.replace("p.checks :slow", "p.checks :wrong"));
  process.kill(host.pid ?? 0, "SIGKILL");
  const changed = `${pill.path} has changed since it was loaded. Load it again.`;
  await until(
    () => kept.lostFor.includes(changed),
    PATIENCE_MS,
    () => kept.lostFor.join("\n"),
  );
  await assert.rejects(host.check(0, parent, PATIENCE_MS), { message: changed });
  await writeFile(pill.path, CHECKS);
  await kept.back();
  assert.equal((await host.check(0, parent, PATIENCE_MS)).ok, true);
});

test("PillHost lets Ruby end as it likes, rejects what is open, and leaves nothing", async (t) => {
  const { host, pill, lostFor } = await Kept.open(t, CHECKS);
  const pid = host.pid ?? 0;
  const open = assert.rejects(host.check(numberOf(host.content, "slow"), parent, PATIENCE_MS), {
    message: "The pill is no longer kept.",
  });
  await Promise.all([host.close(), host.close(), open]);
  assert.equal(await isAlive(pid), false);
  assert.equal(await readFile(join(pill.folder, "bye"), "utf8"), "");
  assert.deepEqual(lostFor, []);
});

const TRIGGERS = `
module Watching
  class Reporter < Bluepill::Trigger
    def initialize(process, options = {})
      @to = options.delete(:to)
      super
      logger.info "made"
    end
    def notify(transition)
      logger.warn [@to, process.name, process.group, process.actual_pid, process.state, transition.event, transition.from_name,
                   transition.to_name, transition.from, transition.loopback?].inspect
      case transition.to_name
      when :down then schedule_event :start, 1.5
      when :up then cancel_all_events
      when :unmonitored then dispatch! :restart
      when :stopping then throw :halt
      when :starting then schedule_event :explode, 1
      end
    end
  end
end
Bluepill.application("app") do |app|
  app.process("web") do |p|
    p.start_command = "serve"
    p.group = "g"
    p.checks :reporter, to: "ops"
    p.monitor_children { stop_command "kill"; checks :reporter, to: "dev" }
  end
end
`;

test("PillHost tells the pill's own triggers of transitions, and hears what they want", async (t) => {
  const kept = await Kept.open(t, TRIGGERS);
  const { host, words } = kept;
  const { triggers, children } = processIn(host.content);
  const { id, name } = only(triggers);
  assert.equal(name, "reporter");
  const tell = (to: string, subject = parent, number = id): Promise<boolean> =>
    host.notify(number, subject, { event: "tick", from: "up", to }, PATIENCE_MS);
  assert.equal(await tell("down"), true);
  assert.equal(await tell("up"), true);
  assert.equal(await tell("unmonitored"), true);
  assert.equal(await tell("stopping"), false);
  const said = words.filter(({ say }) => say !== "log");
  assert.deepEqual(said, [
    { say: "schedule", id, event: "start", afterMs: 1_500, reason: "Reporter" },
    { say: "cancel", id },
    { say: "dispatch", id, event: "restart", reason: "Reporter" },
  ]);
  const [log] = words.filter((word) => word.say === "log");
  const seen = `["ops", "web", "g", ${process.pid}, "up", :tick, :up, :down, "up", false]`;
  assert.deepEqual(log, { say: "log", id, level: "warning", text: seen });
  await assert.rejects(tell("starting"), /there is no event :explode, only start, stop/);
  words.length = 0;
  const child = only(children?.triggers ?? []).id;
  await tell("down", { pid: process.pid, isChild: true }, child);
  assert.deepEqual(words.at(-1), {
    say: "schedule",
    id: child,
    child: process.pid,
    event: "start",
    afterMs: 1_500,
    reason: "Reporter",
  });
  await assert.rejects(host.check(id, parent, PATIENCE_MS), PillHostError);
});

test("needsRuby() tells whether a pill has checks or triggers of its own", async (t) => {
  const needs = async (block: string): Promise<boolean> => needsRuby(await application(t, block));
  assert.equal(await needs(started("p.checks :always_true, every: 1")), false);
  assert.equal(await needs(TRIGGERS), true);
  const own = "class Bluepill::ProcessConditions::Own; def initialize(_); end; end\n";
  const block = "p.monitor_children { stop_command 'x'; checks :own, every: 1 }";
  assert.equal(await needs(own + started(block)), true);
});

test("PillHost says when a trigger of the pill's own cannot be made, as evaluatePill() does", async (t) => {
  const pill = await Pill.write(
    t,
    `class Bad < Bluepill::Trigger
  def initialize(*) = raise("no address")
end
Bluepill.application("a") { process("p") { start_command "x"; checks :bad } }`,
  );
  const error = await pill.error();
  assert.equal(pill.plain(error.message), "pill.pill:2: no address (RuntimeError)");
});

for (const [what, more] of [
  ["idle", ""],
  ["stuck", "Thread.new { sleep 0.1; Process.kill(:STOP, $$) }"],
] as const) {
  test(`PillHost's Ruby ends with a front that is killed, even when it is ${what}`, async (t) => {
    const pill = await Pill.write(t, `${CHECKS}\n${more}`);
    const front = startChild(
      process.execPath,
      ["--import", "tsx", resolve(import.meta.dirname, "front.ts"), pill.path, pill.folder],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    t.after(() => front.kill("SIGKILL"));
    const [text] = (await front.stdout?.setEncoding("utf8").take(1).toArray()) ?? [];
    const ruby = Number(text);
    assert.ok(await isAlive(ruby));
    if (what === "stuck") {
      const state = async (): Promise<string> => await readFile(`/proc/${ruby}/stat`, "latin1");
      await until(async () => / T /.test(await state()), PATIENCE_MS, state);
    }
    front.kill("SIGKILL");
    await untilGone([ruby]);
  });
}
