import assert from "node:assert/strict";
import { test } from "node:test";
import type { Clock } from "../../src/kit/index.ts";
import { POLITE, type Stoppable, startChild, stop } from "../../src/unix/index.ts";

/** A clock on which every wait is over at once. */
function impatient(waits: number[]): Clock {
  return {
    nowMs: () => 0,
    wallMs: () => 0,
    after(delayMs, task) {
      waits.push(delayMs);
      const handle = setImmediate(task);
      return () => clearImmediate(handle);
    },
  };
}

function stubborn(sent: string[], yieldsTo: NodeJS.Signals | undefined): Stoppable {
  let leave = (): void => {};
  const exited = new Promise<void>((resolve) => {
    leave = resolve;
  });
  return {
    exited,
    kill(signal) {
      sent.push(signal);
      if (signal === yieldsTo) leave();
      return true;
    },
  };
}

test("stop() climbs to SIGKILL when the process ignores the others", async () => {
  const sent: string[] = [];
  const waits: number[] = [];
  const rung = await stop(stubborn(sent, "SIGKILL"), POLITE, impatient(waits));
  assert.deepEqual(sent, ["SIGQUIT", "SIGTERM", "SIGKILL"]);
  assert.deepEqual(waits, [30_000, 5_000, 1_000]);
  assert.equal(rung?.signal, "SIGKILL");
});

test("stop() resolves with undefined when not even SIGKILL ends the process", async () => {
  assert.equal(await stop(stubborn([], undefined), POLITE, impatient([])), undefined);
});

test("stop() asks a real process once when it obeys", async () => {
  const child = startChild(process.execPath, ["-e", "setInterval(() => {}, 1000)"], {
    stdio: "ignore",
  });
  assert.equal((await stop(child))?.signal, "SIGQUIT");
});
