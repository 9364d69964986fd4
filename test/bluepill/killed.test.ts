import assert from "node:assert/strict";
import { test } from "node:test";
import { until, untilGone } from "../harness/processes.ts";
import { ourSide } from "./side.ts";

const PROCESSES = 50;
const TIMES = 20;

const PILL = `Bluepill.application("a", log_file: "FOLDER/a.log") do |app|
  ${PROCESSES}.times do |n|
    app.process("p#{n}") do |process|
      process.start_command = "/bin/sleep 1000"
      process.daemonize = true
      process.start_grace_time = 0
    end
  end
end
`;

test(`a daemon that is killed ${TIMES} times over ${PROCESSES} processes loses, doubles and restarts none`, async (t) => {
  const side = await ourSide(t);
  await side.load(PILL);
  let before = await side.states();
  const isAllUp = async (): Promise<boolean> => {
    before = await side.states();
    return Object.values(before).every(({ state }) => state === "up");
  };
  await until(isAllUp, 60_000, () => JSON.stringify(before));
  for (let time = 0; time < TIMES; time++) {
    const daemon = Number(await side.file("base/pids/a.pid"));
    process.kill(daemon, "SIGKILL");
    await untilGone([daemon]);
    await side.load(PILL);
  }
  assert.deepEqual(await side.states(), before);
  // The daemon, what it keeps, and nothing else that it ever started.
  assert.equal((await side.processes()).length, PROCESSES + 1);
});
