import assert from "node:assert/strict";
import { test } from "node:test";
import { LoadError, POOL_DEFAULTS, Pool, type PoolOptions } from "../../src/pool/index.ts";
import { ManualClock, settle } from "../kit/manual-clock.ts";
import { RecordedReply, request, ScriptedEngine } from "./scripted-engine.ts";

/** A pool at work, its engine, its clock, and a way to ask it for something. */
async function open(options: Partial<PoolOptions> = {}, threads = 1) {
  const engine = new ScriptedEngine(threads);
  const clock = new ManualClock();
  const all = { ...POOL_DEFAULTS, ...options };
  const pool = new Pool(engine, all, (fact) => engine.facts.push(fact), clock);
  await pool.start();
  const ask = (target: string): RecordedReply => {
    const reply = new RecordedReply();
    pool.handle(request(target), reply);
    return reply;
  };
  const [first, second] = engine.started;
  assert.ok(first);
  return { engine, clock, pool, ask, first, second };
}

test("Pool starts as many workers as it was told, and serves when all are ready", async () => {
  const { engine } = await open({ workers: 3 });
  assert.deepEqual(
    engine.started.map((worker) => worker.number),
    [1, 2, 3],
  );
  assert.equal(engine.factsOf("worker-ready").length, 3);
});

test("Pool does not start with an app that cannot be loaded, and leaves nothing running", async () => {
  const engine = new ScriptedEngine();
  engine.isPrompt = false;
  const options = { ...POOL_DEFAULTS, workers: 2 };
  const pool = new Pool(engine, options, (fact) => engine.facts.push(fact), new ManualClock());
  const started = pool.start();
  engine.started[0]?.leave({ loadError: "config.ru:1: undefined method `rum'" });
  await assert.rejects(started, (error) => {
    assert.ok(error instanceof LoadError);
    assert.match(error.message, /config\.ru:1/);
    return true;
  });
  assert.deepEqual(engine.started[1]?.heard, ["kill"]);
  assert.equal(engine.started.length, 2);
  assert.ok(engine.isClosed);
  assert.deepEqual(engine.factsOf("worker-load-failed"), []);
});

test("Pool gives the oldest request to the first worker that is free", async () => {
  const { ask, first, second } = await open({ workers: 2 });
  for (const target of ["/1", "/2", "/3", "/4"]) ask(target);
  assert.deepEqual([first.slot.targets, second?.slot.targets], [["/1"], ["/2"]]);
  second?.slot.answer();
  assert.deepEqual(second?.slot.targets, ["/3"]);
});

test("Pool keeps an app that waits for nothing on one thread, until a call holds that up", async () => {
  const { ask, clock, first } = await open({}, 3);
  const [one, two] = first.slots;
  assert.ok(one && two);
  // A quarter of a second of short calls, so that several are handed out at once.
  for (let n = 0; n < 600; n++) {
    ask(`/warm/${n}`);
    await clock.advance(0.5);
    one.answer(300, 0);
  }
  for (let n = 1; n <= 8; n++) ask(`/${n}`);
  assert.deepEqual([one.calls.length, two.calls.length], [6, 0]);
  one.answer(300, 0);
  assert.deepEqual([one.targets.at(-1), two.calls.length], ["/7", 0]);
  await clock.advance(5);
  assert.equal(one.recalls, 1);
  assert.deepEqual([one.targets, two.targets[0]], [["/2"], "/3"]);
});

test("Pool fills the first thread of the least loaded worker first", async () => {
  const { ask, first, second } = await open({ workers: 2 }, 2);
  for (const target of ["/1", "/2", "/3"]) ask(target);
  assert.deepEqual(
    first.slots.map((slot) => slot.targets),
    [["/1"], ["/3"]],
  );
  assert.deepEqual(
    second?.slots.map((slot) => slot.targets),
    [["/2"], []],
  );
});

test("Pool never tells Ruby of a request whose client has left the queue", async () => {
  const { ask, first } = await open();
  ask("/1");
  ask("/2").isOpen = false;
  ask("/3");
  first.slot.answer();
  assert.deepEqual(first.slot.targets, ["/3"]);
});

test("Pool answers 503 with Retry-After when its queue is full", async () => {
  const { ask, engine } = await open({ queueLimit: 1 });
  ask("/1");
  const waiting = ask("/2");
  const refused = ask("/3");
  assert.equal(refused.failedWith, 503);
  assert.match(refused.failLines ?? "", /^retry-after: \d+\r\n$/);
  assert.equal(waiting.failedWith, undefined);
  assert.deepEqual(engine.factsOf("queue-full"), [{ type: "queue-full", length: 1 }]);
});

test("Pool makes room in a full queue for those who wait from those who left", async () => {
  const { ask, first } = await open({ queueLimit: 1 });
  ask("/1");
  ask("/2").isOpen = false;
  assert.equal(ask("/3").failedWith, undefined);
  first.slot.answer();
  assert.deepEqual(first.slot.targets, ["/3"]);
});

test("Pool replaces a worker that dies: 502 for what it had begun, nothing else fails", async () => {
  const { ask, first, engine, clock } = await open();
  const lost = ask("/lost");
  const waiting = ask("/waiting");
  first.leave({ reason: "SIGKILL" });
  assert.equal(lost.failedWith, 502);
  await clock.advance(0);
  assert.equal(waiting.failedWith, undefined);
  assert.deepEqual(engine.last.slot.targets, ["/waiting"]);
});

test("Pool refills a place at once the first time, and then with back-off", async () => {
  const { first, engine, clock, ask } = await open();
  const waiting = ask("/lost");
  first.leave({ reason: "SIGKILL" });
  await clock.advance(0);
  assert.equal(engine.started.length, 2);
  assert.equal(waiting.failedWith, 502);
  ask("/next");
  assert.deepEqual(engine.last.slot.targets, ["/next"]);
  engine.last.slot.answer();
  engine.last.leave({ reason: "exit 1" });
  await clock.advance(0);
  assert.equal(engine.started.length, 2);
  const [, second] = engine.factsOf("worker-gone");
  assert.ok(second?.restartInMs);
  await clock.advance(second.restartInMs);
  assert.equal(engine.started.length, 3);
});

test("Pool cuts the response that a dying worker had begun", async () => {
  const { ask, first } = await open();
  const reply = ask("/stream");
  reply.start();
  first.leave({ reason: "SIGSEGV" });
  assert.ok(reply.isCut);
  assert.equal(reply.failedWith, undefined);
});

test("Pool gives calls that a dead worker never saw to another, before all others", async () => {
  const { ask, first, second } = await open({ workers: 2 });
  for (const target of ["/1", "/2", "/3"]) ask(target);
  const unseen = first.slot.calls.splice(0);
  first.leave({ unseen });
  second?.slot.answer();
  assert.deepEqual(second?.slot.targets, ["/1"]);
});

test("Pool replaces a worker after its number of requests, the new one first", async () => {
  const { ask, first, engine, clock } = await open({ requestLimit: 2 });
  engine.isPrompt = false;
  for (const target of ["/1", "/2"]) {
    ask(target);
    first.slot.answer();
  }
  await settle();
  assert.equal(engine.started.length, 2);
  ask("/3");
  assert.deepEqual(first.slot.targets, ["/3"], "the old one serves until the new one is ready");
  engine.last.becomeReady();
  await settle();
  ask("/4");
  assert.deepEqual(engine.last.slot.targets, ["/4"]);
  assert.deepEqual(first.heard, []);
  first.slot.answer();
  assert.deepEqual(first.heard, ["retire"]);
  await settle();
  await clock.advance(POOL_DEFAULTS.retireTimeoutMs);
  assert.equal(engine.factsOf("worker-killed").length, 0);
  assert.equal(engine.factsOf("worker-retiring")[0]?.reason, "requests");
});

test("Pool replaces one worker at a time", async () => {
  const { ask, first, second, engine } = await open({ workers: 2, requestLimit: 1 });
  engine.isPrompt = false;
  ask("/1");
  ask("/2");
  first.slot.answer();
  second?.slot.answer();
  await settle();
  assert.equal(engine.started.length, 3);
  engine.last.becomeReady();
  await settle();
  assert.equal(engine.started.length, 4);
});

test("Pool keeps a worker whose successor does not start, and tries again later", async () => {
  const { ask, first, engine, clock } = await open({ requestLimit: 1 });
  engine.isPrompt = false;
  ask("/1");
  first.slot.answer();
  await settle();
  engine.last.leave({ loadError: "boom" });
  await settle();
  ask("/2");
  assert.deepEqual(first.slot.targets, ["/2"]);
  first.slot.answer();
  await settle();
  assert.equal(engine.started.length, 2);
  await clock.advance(10_000);
  ask("/3");
  first.slot.answer();
  await settle();
  assert.equal(engine.started.length, 3);
});

test("Pool replaces a worker that has grown past its memory", async () => {
  const { first, engine, clock } = await open({ memoryLimitBytes: 100, memoryCheckMs: 1_000 });
  first.bytes = 100;
  await clock.advance(1_000);
  assert.equal(engine.started.length, 1);
  first.bytes = 101;
  await clock.advance(1_000);
  assert.equal(engine.started.length, 2);
  assert.equal(engine.factsOf("worker-retiring")[0]?.figure, 101);
});

test("Pool kills a worker that hangs, answers 504 and says where it hung; its other calls finish", async () => {
  const { ask, first, engine, clock } = await open({ workerTimeoutMs: 4_000 }, 2);
  first.backtraces = "app.rb:3:in `sleep'";
  const stuck = ask("/stuck");
  await clock.advance(3_000);
  const other = ask("/other");
  await clock.advance(2_000);
  assert.equal(stuck.failedWith, 504);
  const [fact] = engine.factsOf("worker-stuck");
  assert.equal(fact?.target, "/stuck");
  assert.match(fact?.backtraces ?? "", /app\.rb:3/);
  assert.equal(engine.started.length, 2, "its place is filled at once");
  assert.deepEqual(first.heard, []);
  first.slots[1]?.answer();
  assert.equal(other.failedWith, undefined);
  await clock.advance(4_000);
  assert.deepEqual(first.heard, ["kill"]);
});

test("Pool does not mind how long a response takes that has begun", async () => {
  const { ask, first, clock } = await open({ workerTimeoutMs: 4_000 });
  ask("/stream").start();
  await clock.advance(60_000);
  assert.deepEqual(first.heard, []);
});

test("Pool takes a call that is answered later off its slot, as often as there are such calls", async () => {
  const { ask, first } = await open();
  const replies = Array.from({ length: 1_000 }, (_, n) => ask(`/${n}`));
  const answers: (() => void)[] = [];
  while (first.slot.calls.length > 0) answers.push(first.slot.defer());
  assert.equal(answers.length, 1_000);
  const next = ask("/next");
  first.slot.answer();
  assert.ok(next.isStarted);
  for (const answer of answers.reverse()) answer();
  assert.ok(replies.every((reply) => reply.isStarted));
});

test("Pool gives equally busy workers equally many calls that are answered later", async () => {
  const { ask, first, second } = await open({ workers: 2 });
  assert.ok(second);
  for (let n = 0; n < 10; n++) {
    ask(`/${n}`);
    for (const { slot } of [first, second]) if (slot.calls.length > 0) slot.defer();
  }
  assert.deepEqual([first.pending.length, second.pending.length], [5, 5]);
});

test("Pool lets a worker go only when it has answered its last call, too", async () => {
  const { ask, pool, first } = await open();
  ask("/later");
  const answer = first.slot.defer();
  const stopped = pool.stop();
  await settle();
  assert.deepEqual(first.heard, []);
  answer();
  await stopped;
  assert.deepEqual(first.heard, ["retire"]);
});

test("Pool counts a call that was answered later among the requests of its worker", async () => {
  const { ask, engine, first } = await open({ requestLimit: 1 });
  ask("/later");
  const answer = first.slot.defer();
  await settle();
  assert.equal(engine.started.length, 1);
  answer();
  await settle();
  assert.equal(engine.started.length, 2);
});

test("Pool gives an app all the time for what it answers later, and none for what stands in the way", async () => {
  const { ask, clock, engine, first } = await open({ workerTimeoutMs: 2_000 });
  const later = ask("/later");
  first.slot.defer();
  await clock.advance(60_000);
  assert.equal(engine.started.length, 1);
  const stuck = ask("/stuck");
  await clock.advance(3_000);
  assert.equal(stuck.failedWith, 504);
  assert.deepEqual(first.heard, ["kill"], "who is stuck on the reactor will not answer anything");
  assert.equal(later.failedWith, 502);
});

test("Pool lets a worker with a stuck thread still answer what it answers later", async () => {
  const { ask, clock, first } = await open({ workerTimeoutMs: 2_000 }, 2);
  const later = ask("/later");
  const answer = first.slot.defer();
  ask("/stuck");
  await clock.advance(3_000);
  assert.deepEqual(first.heard, []);
  answer();
  assert.equal(later.failedWith, undefined);
  await clock.advance(3_000);
  assert.deepEqual(first.heard, ["kill"]);
});

test("Pool.restart replaces every worker by one of the new generation", async () => {
  const { pool, engine, first, second } = await open({ workers: 2 });
  await pool.restart();
  await settle();
  assert.deepEqual(
    engine.started.map((worker) => [worker.number, worker.generation]),
    [
      [1, 1],
      [2, 1],
      [1, 2],
      [2, 2],
    ],
  );
  assert.deepEqual([first.heard, second?.heard], [["retire"], ["retire"]]);
  assert.equal(engine.factsOf("restart-done").length, 1);
});

test("Pool.restart lets a worker go whose last calls come back after it has answered the others", async () => {
  const opened = await open();
  const { pool, engine, ask, first } = opened;
  await warmUp(opened);
  for (const target of ["/slow", "/1"]) ask(target);
  assert.deepEqual(first.slot.targets, ["/slow", "/1"]);
  await pool.restart();
  const back = first.slot.calls.pop();
  assert.ok(back);
  first.slot.answer();
  assert.deepEqual(first.heard, []);
  first.listener.returned(first.slot, back);
  assert.deepEqual(first.heard, ["retire"]);
  await settle();
  assert.deepEqual(engine.started[1]?.slot.targets, ["/1"]);
});

test("Pool.restart keeps the old workers when the app does not load any more", async () => {
  const { pool, engine, ask, first } = await open();
  const renewal = Promise.reject(new LoadError("config.ru:2: syntax error"));
  renewal.catch(() => {});
  engine.renewal = renewal;
  await assert.rejects(pool.restart(), LoadError);
  ask("/1");
  assert.deepEqual(first.slot.targets, ["/1"]);
  assert.match(engine.factsOf("restart-failed")[0]?.message ?? "", /syntax error/);
});

test("Pool.resize adds places and takes them away, but never the last", async () => {
  const { pool, engine, first } = await open();
  pool.resize(3);
  assert.deepEqual(
    engine.started.map((worker) => worker.number),
    [1, 2, 3],
  );
  await settle();
  pool.resize(0);
  await settle();
  assert.equal(pool.size, 1);
  assert.deepEqual(
    engine.started.map((worker) => worker.heard),
    [[], ["retire"], ["retire"]],
  );
  assert.deepEqual(first.heard, []);
});

test("Pool.stop lets workers finish what they have, and refills nothing", async () => {
  const { pool, engine, ask, first } = await open();
  const reply = ask("/1");
  let isStopped = false;
  const stopped = pool.stop().then(() => {
    isStopped = true;
  });
  await settle();
  assert.equal(isStopped, false);
  first.slot.answer();
  await stopped;
  assert.equal(reply.failedWith, undefined);
  assert.deepEqual(first.heard, ["retire"]);
  assert.equal(engine.started.length, 1);
  assert.ok(engine.isClosed);
});

test("Pool.stop kills a worker that does not finish in time", async () => {
  const { pool, ask, first, clock } = await open({ retireTimeoutMs: 5_000 });
  ask("/slow");
  const stopped = pool.stop();
  await clock.advance(5_000);
  await stopped;
  assert.deepEqual(first.heard, ["kill"]);
});

test("Pool.halt ends workers at once and answers those who wait", async () => {
  const { pool, ask, first } = await open();
  const running = ask("/1");
  const waiting = ask("/2");
  await pool.halt();
  assert.deepEqual(first.heard, ["kill"]);
  assert.equal(running.failedWith, 502);
  assert.equal(waiting.failedWith, 503);
});

/** Answers fast calls until the pool hands out more than one at a time. */
async function warmUp({ ask, first, clock }: Awaited<ReturnType<typeof open>>): Promise<void> {
  for (let n = 0; n < 800; n++) {
    ask("/fast");
    await clock.advance(1);
    for (const slot of first.slots) while (slot.calls.length > 0) slot.answer(20);
  }
}

test("Pool hands a fast app several calls at a time", async () => {
  const pool = await open({}, 2);
  await warmUp(pool);
  for (const target of ["/1", "/2", "/3"]) pool.ask(target);
  assert.deepEqual(
    pool.first.slots.map((slot) => slot.targets),
    [["/1", "/2", "/3"], []],
  );
});

test("Pool lets nobody wait behind a call that has been at it for some milliseconds", async () => {
  const pool = await open({}, 2);
  await warmUp(pool);
  pool.ask("/long");
  await pool.clock.advance(5);
  pool.ask("/1");
  assert.deepEqual(
    pool.first.slots.map((slot) => slot.targets),
    [["/long"], ["/1"]],
  );
});

test("Pool gives calls that come back to slots that are free, and no more to the one held up", async () => {
  const pool = await open({}, 2);
  await warmUp(pool);
  for (const target of ["/stream", "/1", "/2"]) pool.ask(target);
  pool.first.slot.giveBack();
  await settle();
  assert.deepEqual(
    pool.first.slots.map((slot) => slot.targets),
    [["/stream"], ["/1", "/2"]],
    "the oldest first, though it came back last",
  );
  pool.ask("/3");
  assert.deepEqual(pool.first.slot.targets, ["/stream"]);
});

test("Pool recalls what waits behind a call that turns out slow, as soon as there is a better place", async () => {
  const pool = await open({}, 2);
  await warmUp(pool);
  for (const target of ["/slow", "/1", "/2"]) pool.ask(target);
  await pool.clock.advance(5);
  assert.deepEqual(
    pool.first.slots.map((slot) => slot.targets.sort()),
    [["/slow"], ["/1", "/2"]],
  );
  assert.deepEqual(
    pool.first.slots.map((slot) => slot.recalls),
    [1, 0],
  );
});

test("Pool leaves calls where they wait while every other slot is taken", async () => {
  const pool = await open();
  await warmUp(pool);
  for (const target of ["/slow", "/1"]) pool.ask(target);
  await pool.clock.advance(500);
  assert.deepEqual(pool.first.slot.targets, ["/slow", "/1"]);
  assert.equal(pool.first.slot.recalls, 0);
});
