import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { until } from "../harness/processes.ts";
import { appFolder } from "../harness/server.ts";
import { ask } from "./ask.ts";
import { inhabitants } from "./inhabitants.ts";
import { Load } from "./load.ts";
import { gateFile, type Housed, house } from "./place.ts";

async function atGate(server: Housed, name: string): Promise<string> {
  const file = gateFile(server, name);
  await server.waitForLine(new RegExp(`at the gate ${file}`));
  return file;
}

async function workersAre(server: Housed, count: number): Promise<readonly number[]> {
  await until(
    async () => (await inhabitants(server.pid)).workers.length === count,
    10_000,
    async () => `workers: ${(await inhabitants(server.pid)).workers}`,
  );
  return (await inhabitants(server.pid)).workers;
}

for (const preload of ["--preload", "--no-preload"]) {
  test(`Pool answers 502 for a killed worker's requests and nothing else (${preload})`, async (t) => {
    const server = await house(t, "deeds", ["-w2", "-t2", preload]);
    const lost = ask(server, `/gate?${gateFile(server, "a")}`);
    await atGate(server, "a");
    const kept = ask(server, `/gate?${gateFile(server, "b")}`);
    await atGate(server, "b");
    const pids = await workersAre(server, 2);
    const other = await ask(server, "/pid");
    assert.ok(pids.includes(Number(other.text)));
    // Least loaded first: each worker has one of the two; whose is whose, the exit tells.
    process.kill(pids[0] ?? 0, "SIGKILL");
    const first = await Promise.race([lost, kept]);
    assert.equal(first.status, 502);
    await server.waitForLine(/is gone \(SIGKILL\).*1 request.*lost/);
    await writeFile(gateFile(server, "a"), "");
    await writeFile(gateFile(server, "b"), "");
    const statuses = (await Promise.all([lost, kept])).map(({ status }) => status);
    assert.deepEqual(statuses.sort(), [200, 502]);
    await workersAre(server, 2);
    assert.equal((await server.stop()).code, 0);
    await rm(gateFile(server, "a"));
    await rm(gateFile(server, "b"));
    assert.deepEqual(await server.leftovers(), []);
  });
}

for (const [path, reason] of [
  ["/segv", "SIGSEGV"],
  ["/exit!", "exit 3"],
  ["/kill", "SIGKILL"],
] as const) {
  test(`Pool replaces a worker whose app does ${path}`, async (t) => {
    const server = await house(t, "deeds", ["-w2", "-t1"]);
    assert.equal((await ask(server, path)).status, 502);
    await server.waitForLine(new RegExp(`is gone \\((SIGABRT|${reason})`));
    await workersAre(server, 2);
    assert.equal((await ask(server, "/")).status, 200);
  });
}

test("Slot keeps abort, exit and what is raised inside their request", async (t) => {
  const server = await house(t, "deeds", ["-w1", "-t1"]);
  const { text: pid } = await ask(server, "/pid");
  for (const path of ["/abort", "/exit", "/raise"]) {
    assert.equal((await ask(server, path)).status, 500, path);
  }
  assert.equal((await ask(server, "/pid")).text, pid);
  await server.waitForLine(/GET \/raise failed: the app raises/);
});

test("Slot outlives whatever the app does once it has answered, and says what it was", async (t) => {
  const folder = await appFolder(
    t,
    `class Tidy
      def initialize(tidy) = @tidy = tidy
      def each = yield("answered")
      def close = @tidy.call
    end
    class Stored < Tidy
      def to_path = File.join(__dir__, "stored")
    end
    DEEDS = { "raise" => -> { raise NotImplementedError, "raised" }, "exit" => -> { exit 3 } }
    run lambda { |env|
      _, where, deed = env["PATH_INFO"].split("/")
      deed = DEEDS[deed]
      case where
      when "close" then [200, {}, Tidy.new(deed)]
      when "file" then [200, {}, Stored.new(deed)]
      when "finished"
        env["rack.response_finished"] << ->(*) { deed.call }
        [200, {}, ["answered"]]
      else [200, {}, [Process.pid.to_s]]
      end
    }`,
  );
  await writeFile(join(folder, "stored"), "answered");
  const server = await house(t, folder, ["-w1", "-t1"]);
  const { text: pid } = await ask(server, "/pid");
  for (const where of ["close", "file", "finished"]) {
    for (const deed of ["raise", "exit"]) {
      assert.equal((await ask(server, `/${where}/${deed}`)).text, "answered");
      assert.equal((await ask(server, "/pid")).text, pid, `${where}, ${deed}`);
    }
  }
  await server.waitForLine(/could not be closed: raised \(NotImplementedError\)/);
  await server.waitForLine(/response_finished callback failed: exit \(SystemExit\)/);
});

for (const threads of [1, 3]) {
  test(`Slot outlives the app's end of its thread, one of ${threads}`, async (t) => {
    const server = await house(t, "deeds", ["-w1", `-t${threads}`]);
    const { text: pid } = await ask(server, "/pid");
    const kept = threads > 1 ? ask(server, `/gate?${gateFile(server, "a")}`) : undefined;
    if (threads > 1) await atGate(server, "a");
    for (let round = 0; round < 3; round++) {
      const ended = await Promise.all([1, 2, 3, 4].map(() => ask(server, "/thread-exit")));
      assert.deepEqual([...new Set(ended.map(({ status }) => status))], [500]);
      assert.equal((await ask(server, "/pid")).text, pid);
    }
    await writeFile(gateFile(server, "a"), "");
    assert.equal((await kept)?.text, threads > 1 ? "through" : undefined);
    assert.equal((await server.stop()).code, 0);
  });
}

test("Pool backs off from an app that dies while it loads, and the others serve on", async (t) => {
  const folder = await appFolder(t, "run ->(env) { [200, {}, [Process.pid.to_s]] }");
  const server = await house(t, folder, ["-w2", "-t1", "--no-preload"]);
  await writeFile(join(folder, "config.ru"), 'raise "broken by an edit"');
  const [victim = 0] = await workersAre(server, 2);
  const load = new Load(t, server, "/", 4);
  process.kill(victim, "SIGKILL");
  await server.waitForLine(/could not load the app.*broken by an edit/);
  const tries = (): number => server.stdout().match(/could not load the app/g)?.length ?? 0;
  await until(() => tries() >= 3, 10_000, server.stdout);
  await load.more(100);
  await writeFile(join(folder, "config.ru"), 'run ->(env) { [200, {}, ["mended"]] }');
  await load.until(({ texts }) => texts.includes("mended"));
  const { failures } = await load.stop();
  assert.deepEqual(
    failures.filter((one) => !one.startsWith("502")),
    [],
  );
  assert.ok(failures.length <= 1, `${failures}`);
});
