import assert from "node:assert/strict";
import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { until } from "../harness/processes.ts";
import { appFolder } from "../harness/server.ts";
import { ask } from "./ask.ts";
import { inhabitants } from "./inhabitants.ts";
import { Load } from "./load.ts";
import { gateFile, type Housed, house } from "./place.ts";

function saying(text: string): string {
  return `run ->(_) { [200, { "content-type" => "text/plain" }, ["${text}"]] }`;
}

/** Puts a new config.ru in place of the old one, as whoever deploys should: at once. */
async function renew(folder: string, rackup: string): Promise<void> {
  await writeFile(join(folder, "config.ru.new"), rackup);
  await rename(join(folder, "config.ru.new"), join(folder, "config.ru"));
}

async function workersAre(server: Housed, count: number): Promise<void> {
  await until(
    async () => (await inhabitants(server.pid)).workers.length === count,
    20_000,
    async () => `workers: ${(await inhabitants(server.pid)).workers}`,
  );
}

for (const preload of ["--preload", "--no-preload"]) {
  test(`--max-requests replaces workers without losing a request (${preload})`, async (t) => {
    const server = await house(t, "deeds", ["-w2", "-t2", "--max-requests", "100", preload]);
    const load = new Load(t, server, "/pid", 8);
    await load.until(({ texts }) => texts.length >= 10);
    assert.deepEqual((await load.stop()).failures, []);
    assert.doesNotMatch(server.stdout(), /Worker \d.* is gone \(SIG|was killed/);
    assert.equal((await server.stop()).code, 0);
  });

  test(`HUP brings new code ten times under load and loses no request (${preload})`, async (t) => {
    const folder = await appFolder(t, saying("version 0"));
    const server = await house(t, folder, ["-w2", "-t3", preload]);
    const load = new Load(t, server, "/", 16);
    await load.more(100);
    for (let version = 1; version <= 10; version++) {
      await renew(folder, saying(`version ${version}`));
      server.signal("SIGHUP");
      await load.until(() => server.stdout().includes(`Generation ${version + 1} is at work`));
      await load.more(32);
    }
    const { failures, texts } = await load.stop();
    assert.deepEqual(failures, []);
    assert.equal(texts.at(-1), "version 10");
    assert.equal((await ask(server, "/")).text, "version 10");
    await workersAre(server, 2);
    if (preload === "--preload") {
      await until(
        async () => (await inhabitants(server.pid)).molds.length === 1,
        20_000,
        async () => `molds: ${(await inhabitants(server.pid)).molds}`,
      );
    }
    assert.equal((await server.stop()).code, 0);
    assert.deepEqual(await server.leftovers(), []);
    assert.doesNotMatch(server.stdout(), /Worker \d.* is gone \(SIG|was killed/);
  });

  test(`HUP with a broken app keeps the old workers and says so (${preload})`, async (t) => {
    const folder = await appFolder(t, saying("good"));
    const server = await house(t, folder, ["-w2", "-t1", preload]);
    const { workers } = await inhabitants(server.pid);
    const load = new Load(t, server, "/", 4);
    await renew(folder, 'raise "broken by an edit"');
    server.signal("SIGHUP");
    await server.waitForLine(
      /Generation 2 could not be started, the old one stays: .*broken by an edit.*config\.ru:1/,
    );
    await load.more(50);
    assert.deepEqual((await load.stop()).failures, []);
    assert.deepEqual((await inhabitants(server.pid)).workers, workers);
    await renew(folder, saying("mended"));
    server.signal("SIGHUP");
    await server.waitForLine(/Generation 3 is at work/);
    assert.equal((await ask(server, "/")).text, "mended");
    assert.equal((await server.stop()).code, 0);
  });
}

test("A worker that dies after a failed restart is followed by one of the old code", async (t) => {
  const folder = await appFolder(t, saying("good"));
  const server = await house(t, folder, ["-w1", "-t1"]);
  await renew(folder, 'raise "broken by an edit"');
  server.signal("SIGHUP");
  await server.waitForLine(/the old one stays/);
  const [worker = 0] = (await inhabitants(server.pid)).workers;
  process.kill(worker, "SIGKILL");
  await server.waitForLine(/is gone \(SIGKILL\)/);
  assert.equal((await ask(server, "/")).text, "good");
});

test("HUP again and again before the first is through ends with the newest code", async (t) => {
  const folder = await appFolder(t, saying("version 0"));
  const server = await house(t, folder, ["-w2", "-t1"]);
  const load = new Load(t, server, "/", 4);
  await load.more(10);
  const gate = gateFile(server, "load");
  const slow = `$stderr.puts "at the gate"; sleep 0.005 until File.exist?("${gate}")\n`;
  for (let version = 1; version <= 4; version++) {
    await renew(folder, slow + saying(`version ${version}`));
    server.signal("SIGHUP");
    await server.waitForLine(/at the gate/);
    await load.more(10);
  }
  await writeFile(gate, "");
  // What was asked for while the first was under way is one restart, after it.
  await server.waitForLine(/Generation 3 is at work/);
  assert.deepEqual((await load.stop()).failures, []);
  assert.doesNotMatch(server.stdout(), /generation 4/);
  for (let count = 0; count < 4; count++) assert.equal((await ask(server, "/")).text, "version 4");
  await workersAre(server, 2);
  assert.equal((await server.stop()).code, 0);
});

test("TERM in the middle of a restart still ends everything", async (t) => {
  const folder = await appFolder(t, saying("good"));
  const server = await house(t, folder, ["-w2", "-t1"]);
  await renew(folder, '$stderr.puts "slow to load"; sleep 1000');
  server.signal("SIGHUP");
  await server.waitForLine(/slow to load/);
  const all = await server.children();
  assert.equal((await server.stop()).code, 0);
  assert.ok(all.length >= 4);
  assert.deepEqual(await server.leftovers(), []);
});

test("--max-memory replaces a worker that has grown, without losing a request", async (t) => {
  const server = await house(t, "deeds", ["-w2", "-t2", "--max-memory", "150m"]);
  const load = new Load(t, server, "/", 4);
  const grown = await ask(server, "/grow?200000000");
  const pid = grown.headers["x-pid"];
  await server.waitForLine(
    new RegExp(`Worker \\d \\(${pid}\\) is replaced: it has grown to \\d+ MB`),
  );
  await server.waitForLine(new RegExp(`Worker \\d \\(${pid}\\) is gone \\(exit 0\\)`));
  assert.deepEqual((await load.stop()).failures, []);
  await workersAre(server, 2);
});

test("TTIN and TTOU make it one worker more, or less, and lose nothing", async (t) => {
  const server = await house(t, "deeds", ["-w1", "-t2"]);
  const load = new Load(t, server, "/pid", 8);
  server.signal("SIGTTIN");
  await workersAre(server, 2);
  await load.until(({ texts }) => texts.length === 2);
  server.signal("SIGTTIN");
  await load.until(({ texts }) => texts.length === 3);
  server.signal("SIGTTOU");
  await workersAre(server, 2);
  server.signal("SIGTTOU");
  await workersAre(server, 1);
  server.signal("SIGTTOU");
  await load.more(50);
  await workersAre(server, 1);
  assert.deepEqual((await load.stop()).failures, []);
  assert.equal((await server.stop()).code, 0);
  assert.deepEqual(await server.leftovers(), []);
});
