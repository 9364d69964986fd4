import assert from "node:assert/strict";
import { join, resolve } from "node:path";
import { type TestContext, test } from "node:test";
import { gemsAt } from "../apps/served.ts";
import { startCommand } from "../harness/server.ts";
import { gemfileOf, scratchFolder } from "./ruby-server.ts";

const THIN = resolve(import.meta.dirname, "../peers/thin/Gemfile");
const QUESTIONS = join(import.meta.dirname, "api.rb");

/** Where ours is not to answer as Thin: why, and what either says. */
const BETTER: Readonly<Record<string, { why: string; thin: unknown; ours: unknown }>> = {
  "silent?": {
    why: "Thin says that it is silent while it has a logger",
    thin: [true, false],
    ours: [false, true],
  },
  "kill of a process that is gone": {
    why: "who asks for its end has it, and a file that leads nowhere goes too",
    thin: ["Errno::ESRCH", true],
    ours: ["TIME Sending QUIT signal to process N ... \nTIME process not found!\n", false],
  },
  "a pid file that is none": {
    why: "0 would be the caller's own process group",
    thin: 0,
    ours: null,
  },
};

type Answers = ReadonlyMap<string, unknown>;

/** What a Thin answers, in a folder of its own. */
async function answersOf(t: TestContext, gemfile: string): Promise<Answers> {
  const cwd = await scratchFolder(t);
  const command = startCommand(t, "bundle", ["exec", "ruby", QUESTIONS], {
    cwd,
    env: gemsAt(gemfile),
  });
  assert.equal((await command.exited).code, 0, command.stderr());
  const lines = command
    .stdout()
    .split("\n")
    .filter((line) => line.startsWith('["'));
  return new Map(lines.map((line) => JSON.parse(line) as [string, unknown]));
}

test("Thin::Server, Logging and Daemonizable answer as the thin gem's", async (t) => {
  const [thin, ours] = await Promise.all([answersOf(t, THIN), answersOf(t, gemfileOf("rackup-3"))]);
  assert.deepEqual([...ours.keys()], [...thin.keys()]);
  assert.ok(thin.size > 50, `${thin.size} questions`);
  for (const [question, answer] of thin) {
    await t.test(question, () => {
      const better = BETTER[question];
      assert.deepEqual(answer, better === undefined ? ours.get(question) : better.thin);
      if (better !== undefined) assert.deepEqual(ours.get(question), better.ours, better.why);
    });
  }
  assert.deepEqual(
    Object.keys(BETTER).filter((question) => !thin.has(question)),
    [],
  );
});
