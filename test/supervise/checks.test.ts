import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { type AddressInfo, createServer, type Server } from "node:net";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import type { CheckDescription, CheckKind } from "../../src/supervise/index.ts";
import { until } from "../harness/processes.ts";
import { type Kept, keep, untilSampled } from "./kept.ts";

const SLEEP = "exec sleep 1000";

/** Something that is good until its time comes. */
interface Watched {
  readonly kept: Kept;
  /** All samples so far, in words. */
  samples(): readonly string[];
  /** The samples, once the check has fired. */
  untilFired(): Promise<string>;
}

/** Watches a shell that runs `script`, in which $CUE is a file that is made later, and sees a first good sample. */
async function watch(t: TestContext, kind: CheckKind, script = SLEEP): Promise<Watched> {
  const check: CheckDescription = {
    name: kind.type,
    place: { file: "app.pill", line: 1 },
    everyMs: 1_000,
    times: [1, 1],
    fires: ["unmonitor"],
    kind,
  };
  const { folder } = await keep(t, { none: { startCommand: ["sleep", "9"], autoStart: false } });
  const kept = await keep(t, {
    web: {
      startCommand: ["/bin/sh", "-c", script],
      environment: { CUE: join(folder, "cue") },
      checks: [check],
    },
  });
  const samples = await untilSampled(kept);
  assert.doesNotMatch(samples()[0] ?? "", /\*/, "it begins well");
  return {
    kept: { ...kept, folder },
    samples,
    untilFired: async () => {
      await kept.until(({ state }) => state === "unmonitored");
      return samples().at(-1) ?? "";
    },
  };
}

const cue = ({ kept }: Watched): Promise<void> => writeFile(join(kept.folder, "cue"), "");

/** Something that accepts and says nothing. */
async function accepting(t: TestContext, where: string | number): Promise<Server> {
  const server = createServer((socket) => socket.on("error", () => {}).resume());
  if (typeof where === "string") server.listen(where);
  else server.listen(where, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  return server;
}

describe("checks", { concurrency: true }, () => {
  test("open_files counts what the process itself has open", async (t) => {
    const script =
      'until [ -e "$CUE" ]; do sleep 0.05; done; exec 3</dev/null 4</dev/null 5</dev/null 6</dev/null 7</dev/null 8</dev/null; while :; do sleep 0.05; done';
    const watched = await watch(t, { type: "open_files", below: 6 }, script);
    await cue(watched);
    // Some shells keep one more for themselves.
    assert.match(await watched.untilFired(), /^\[(9|10)\*\]$/);
  });

  test("mem_growth sees what grows, and not what is large", async (t) => {
    const script = `exec ruby --disable-gems -e 'kept = "a" * 60_000_000; sleep 0.05 until File.exist?(ENV["CUE"]); more = "b" * 60_000_000; sleep'`;
    const kind = { type: "mem_growth", belowBytes: 40 * 1024 ** 2, withinMs: 60_000 } as const;
    const watched = await watch(t, kind, script);
    await until(
      () => watched.samples().length >= 2,
      20_000,
      () => JSON.stringify(watched.samples()),
    );
    assert.doesNotMatch(watched.samples()[1] ?? "", /\*/);
    await cue(watched);
    assert.match(await watched.untilFired(), /^\[\+(4\d|5\d)MB\*\]$/);
  });

  test("disk_usage says how full the file system of a path is", async (t) => {
    const whole = await watch(t, { type: "disk_usage", path: "/", belowPercent: 100.1 });
    const [, percent] = /^\[(\d+\.\d)%\]$/.exec(whole.samples()[0] ?? "") ?? [];
    assert.ok(Number(percent) > 0, whole.samples()[0]);
    const kept = await keep(t, {
      web: {
        startCommand: ["/bin/sh", "-c", SLEEP],
        checks: [
          {
            name: "disk_usage",
            place: { file: "app.pill", line: 1 },
            everyMs: 1_000,
            times: [1, 1],
            fires: ["unmonitor"],
            kind: { type: "disk_usage", path: "/", belowPercent: Number(percent) / 2 },
          },
        ],
      },
    });
    await kept.until(({ state }) => state === "unmonitored");
  });

  test("connect finds out that nobody accepts at a port any more", async (t) => {
    const server = await accepting(t, 0);
    const { port } = server.address() as AddressInfo;
    const address = `127.0.0.1:${port}`;
    const watched = await watch(t, { type: "connect", address, timeoutMs: 2_000 });
    assert.equal(watched.samples()[0], "[connected]");
    server.close();
    assert.equal(await watched.untilFired(), "[ECONNREFUSED*]");
  });

  test("connect finds out that nobody accepts at a UNIX socket any more", async (t) => {
    const { folder } = await keep(t, { none: { startCommand: ["sleep", "9"], autoStart: false } });
    const address = join(folder, "web.sock");
    const server = await accepting(t, address);
    const watched = await watch(t, { type: "connect", address, timeoutMs: 2_000 });
    server.close();
    assert.equal(await watched.untilFired(), "[ENOENT*]");
  });

  test("children are restarted by their command, and left alone for a while when they flap", async (t) => {
    const kept = await keep(t, {
      web: {
        startCommand: ["/bin/sh", "-c", "sleep 1000 & wait"],
        children: {
          restartCommand: ["kill", "-CONT", "{{PID}}"],
          startGraceMs: 500,
          stopGraceMs: 500,
          restartGraceMs: 500,
          checks: [
            {
              name: "running_time",
              place: { file: "app.pill", line: 1 },
              everyMs: 500,
              times: [1, 1],
              fires: ["restart"],
              kind: { type: "running_time", belowMs: 1 },
            },
          ],
          flapping: { times: 3, withinMs: 60_000, retryInMs: 1_500 },
          triggers: [],
        },
      },
    });
    const { children } = await kept.until((one) => one.children.length === 1);
    const [child] = children;
    const states = () =>
      kept.facts.flatMap((fact) =>
        fact.type === "state-changed" && fact.child === child?.pid ? [fact.to] : [],
      );
    await until(
      () => states().length >= 6,
      20_000,
      () => JSON.stringify(states()),
    );
    const expected = ["restarting", "up", "restarting", "up", "unmonitored", "up"];
    assert.deepEqual(states().slice(0, 6), expected);
    assert.ok(kept.facts.some((fact) => fact.type === "flapping" && fact.child === child?.pid));
    assert.equal(kept.status().children[0]?.pid, child?.pid, "it has not been ended");
  });
});
