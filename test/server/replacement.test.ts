import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { until } from "../harness/processes.ts";
import { appFolder } from "../harness/server.ts";
import { ask } from "./ask.ts";
import { inhabitants } from "./inhabitants.ts";
import { Load } from "./load.ts";
import { type Housed, house } from "./place.ts";

const CLIENTS = 16;

/** An app that says which text of it is at work. */
function saying(word: string): string {
  return `run ->(env) { [200, { "content-type" => "text/plain" }, [${JSON.stringify(word)}]] }`;
}

async function workerCountIs(server: Housed, count: number): Promise<void> {
  const workers = async () => (await inhabitants(server.pid)).workers;
  await until(
    async () => (await workers()).length === count,
    20_000,
    async () => `workers: ${await workers()}`,
  );
}

for (const preload of ["--preload", "--no-preload"]) {
  test(`HUP ten times under load brings new code and fails no request (${preload})`, async (t) => {
    const folder = await appFolder(t, saying("generation 1"));
    const server = await house(t, folder, ["-w2", "-t2", preload]);
    const load = new Load(server, "/", CLIENTS);
    t.after(() => load.stop());
    await load.until(({ texts }) => texts.includes("generation 1"));
    for (let generation = 2; generation <= 11; generation++) {
      await writeFile(join(folder, "config.ru"), saying(`generation ${generation}`));
      server.signal("SIGHUP");
      await server.waitForLine(new RegExp(`Generation ${generation} is at work`));
      await load.until(({ texts }) => texts.includes(`generation ${generation}`));
    }
    const { failures, texts } = await load.stop();
    assert.deepEqual([...failures], []);
    assert.equal(texts.length, 11);
    await workerCountIs(server, 2);
    assert.equal((await server.stop()).code, 0);
    assert.deepEqual(await server.leftovers(), []);
  });
}

test("HUP with an app that does not load any more keeps the old workers, and says so", async (t) => {
  const folder = await appFolder(t, saying("good"));
  const server = await house(t, folder, ["-w2"]);
  const load = new Load(server, "/", 4);
  t.after(() => load.stop());
  await writeFile(join(folder, "config.ru"), 'raise "broken by a deploy"');
  server.signal("SIGHUP");
  await server.waitForLine(
    /Generation 2 could not be started, the old one stays.*broken by a deploy/,
  );
  await load.more(100);
  await writeFile(join(folder, "config.ru"), saying("mended"));
  server.signal("SIGHUP");
  await server.waitForLine(/Generation 3 is at work/);
  await load.until(({ texts }) => texts.includes("mended"));
  assert.deepEqual((await load.stop()).failures, []);
});

test("--max-requests replaces workers one by one and fails no request", async (t) => {
  const server = await house(t, "deeds", ["-w2", "-t2", "--max-requests", "200"]);
  const load = new Load(server, "/pid", CLIENTS);
  t.after(() => load.stop());
  await load.until(({ texts }) => texts.length >= 8);
  const { failures, texts } = await load.stop();
  assert.deepEqual([...failures], []);
  assert.ok(texts.length >= 8, `${texts.length} processes answered`);
  assert.match(server.stdout(), /is replaced: it has answered \d+ requests/);
});

test("--max-memory replaces a worker that has grown, between requests", async (t) => {
  const server = await house(t, "deeds", ["-w1", "-t1", "--max-memory", "120m"]);
  const { text: before } = await ask(server, "/pid");
  const load = new Load(server, "/pid", 2);
  t.after(() => load.stop());
  assert.equal((await ask(server, "/grow?200000000")).status, 200);
  await server.waitForLine(/is replaced: it has grown to \d+ MB/, 20_000);
  await load.until(({ texts }) => texts.some((pid) => pid !== before));
  assert.deepEqual((await load.stop()).failures, []);
});

test("TTIN and TTOU add a worker and take one away, but never the last", async (t) => {
  const server = await house(t, "deeds", ["-w1"]);
  server.signal("SIGTTIN");
  await workerCountIs(server, 2);
  server.signal("SIGTTIN");
  await workerCountIs(server, 3);
  server.signal("SIGTTOU");
  await workerCountIs(server, 2);
  server.signal("SIGTTOU");
  await workerCountIs(server, 1);
  server.signal("SIGTTOU");
  assert.equal((await ask(server, "/pid")).status, 200);
  await workerCountIs(server, 1);
});

for (const [path, isSaid] of [
  ["/sleep?here", true],
  ["/stuck-in-c", false],
] as const) {
  test(`--worker-timeout ends a worker that hangs in ${path} with 504, and others go on`, async (t) => {
    const server = await house(t, "deeds", ["-w1", "-t2", "--worker-timeout", "1"]);
    const stuck = ask(server, path);
    await server.waitForLine(isSaid ? /hanging at here/ : /stuck in C/);
    assert.equal((await stuck).status, 504);
    await server.waitForLine(/has been at GET \/\S+ for \d/);
    if (isSaid) await server.waitForLine(/hang_here/);
    assert.equal((await ask(server, "/pid")).status, 200);
    await workerCountIs(server, 1);
  });
}
