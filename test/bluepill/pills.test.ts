import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join, resolve } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { gemsAt } from "../apps/served.ts";
import { until, untilGone } from "../harness/processes.ts";
import { bothSides, ourSide, type Side } from "./side.ts";

const PILLS = join(import.meta.dirname, "pills");
const BIN = resolve(import.meta.dirname, "../../bin");
const SERVERS = resolve(import.meta.dirname, "../peers/servers/Gemfile");

const APP = `run ->(_env) { [200, { "content-type" => "text/plain" }, ["served by #{Process.pid}\\n"]] }\n`;
const UNICORN = `worker_processes 2
listen "127.0.0.1:PORTS"
pid "FOLDER/unicorn.pid"
stderr_path "FOLDER/unicorn.log"
`;

/** A pill of this folder, loaded on a side. */
interface Loaded {
  readonly side: Side;
  readonly app: string;
  readonly ports: readonly number[];
}

interface Example {
  readonly file: string;
  readonly app: string;
  readonly portCount?: number;
}

/** Loads `pills/FILE` with an app beside it. */
async function load(side: Side, { file, app, portCount = 0 }: Example): Promise<Loaded> {
  const ports: number[] = [];
  while (ports.length < portCount) ports.push(await freePort());
  const fill = (text: string): string =>
    text
      .replaceAll("PORTS", ports.join(", "))
      .replaceAll("PILLS", PILLS)
      .replaceAll("BIN/", `${BIN}/`)
      .replaceAll("NODE ", `${process.execPath} `)
      .replaceAll("ENVIRONMENT", rubyHash(gemsAt(SERVERS)));
  await side.pill(APP, "config.ru");
  await side.pill(fill(UNICORN), "unicorn.rb");
  await side.load(fill(await readFile(join(PILLS, file), "utf8")), app);
  return { side, app, ports };
}

/** What every supervisor owes `name`: it is up, comes back, and is replaced without the old one left. */
async function holdUp(loaded: Loaded, name: string, target = name): Promise<void> {
  const { side, app, ports } = loaded;
  const pid = await comeBack(loaded, name);
  assert.equal((await side.run(app, "restart", target)).code, 0);
  await side.untilState(name, "up", pid, app);
  await untilGone([pid], 20_000);
  for (const port of ports) await untilServed(port);
}

/** Kills `name` once it is up; resolves with the pid that it has when it is up again. */
async function comeBack({ side, app, ports }: Loaded, name: string): Promise<number> {
  const pid = await side.untilState(name, "up", -1, app);
  for (const port of ports) await untilServed(port);
  process.kill(pid, "SIGKILL");
  await untilGone([pid]);
  const other = await side.untilState(name, "up", pid, app);
  for (const port of ports) await untilServed(port);
  return other;
}

/** Stops all, after which the daemon is all that is left, and then not even that. */
async function stopAll({ side, app, ports }: Loaded): Promise<void> {
  assert.equal((await side.run(app, "stop")).code, 0);
  const daemon = Number(await side.file(`base/pids/${app}.pid`));
  await until(
    async () => (await side.processes()).every((pid) => pid === daemon),
    20_000,
    async () => `left: ${await side.processes()}`,
  );
  for (const port of ports) await assert.rejects(fetch(`http://127.0.0.1:${port}/`));
  await side.run(app, "quit");
  await untilGone([daemon]);
}

/** Resolves with who answers at `port`, once somebody does who is not `other`. */
async function untilServed(port: number, other = ""): Promise<string> {
  let answer = "";
  await until(
    async () => {
      answer = await fetch(`http://127.0.0.1:${port}/`).then(
        (response) => response.text(),
        () => "",
      );
      return answer.startsWith("served by ") && answer !== other;
    },
    30_000,
    () => `${port} does not answer: ${answer}`,
  );
  return answer;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise<void>((done) => server.once("listening", done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

function rubyHash(variables: NodeJS.ProcessEnv): string {
  const pairs = Object.entries(variables).map(
    ([name, value]) => `${JSON.stringify(name)} => ${JSON.stringify(value)}`,
  );
  return `{ ${pairs.join(", ")} }`;
}

async function ourExample(t: TestContext, example: Example): Promise<Loaded> {
  return await load(await ourSide(t), example);
}

describe("bluepill with", { concurrency: 3 }, () => {
  test("shop_web.pill: a server that forks, daemonizes and restarts by itself, on both sides", async (t) => {
    const sides = await bothSides(t);
    await Promise.all(
      sides.map(async (side) => {
        const loaded = await load(side, { file: "shop_web.pill", app: "shop" });
        await holdUp(loaded, "web", "frontend");
        await stopAll(loaded);
        // The gem, too, sends no more than it has to: it is drained.
        assert.match((await side.file("web.log")) ?? "", /master drained\n$/);
      }),
    );
  });

  test("jobs.pill: workers with a heartbeat, and one for when it is wanted", async (t) => {
    const loaded = await ourExample(t, { file: "jobs.pill", app: "jobs" });
    const { side } = loaded;
    await holdUp(loaded, "worker-mail");
    await side.untilState("worker-billing", "up", -1, "jobs");
    assert.equal((await side.states("jobs"))["scheduler"]?.state, "unmonitored");
    await side.run("jobs", "start", "scheduler");
    await side.untilState("scheduler", "up", -1, "jobs");
    await stopAll(loaded);
  });

  test("thin_farm.pill: servers at ports one after the other", async (t) => {
    const loaded = await ourExample(t, { file: "thin_farm.pill", app: "farm", portCount: 2 });
    await holdUp(loaded, "node_0");
    await stopAll(loaded);
  });

  test("thin.pill: our own thin -d, which restarts without a pause", async (t) => {
    const loaded = await ourExample(t, { file: "thin.pill", app: "thin", portCount: 1 });
    const { side, ports } = loaded;
    const pid = await comeBack(loaded, "thin");
    const [port = 0] = ports;
    const answer = await untilServed(port);
    await side.run("restart", "thin");
    // Its workers are replaced, and who listens stays.
    await untilServed(port, answer);
    assert.equal(await side.untilState("thin", "up", -1, "thin"), pid);
    await stopAll(loaded);
  });

  test("unicorn.pill: Unicorn, which daemonizes itself", async (t) => {
    const loaded = await ourExample(t, { file: "unicorn.pill", app: "unicorn", portCount: 1 });
    await holdUp(loaded, "unicorn");
    await stopAll(loaded);
  });

  test("puma.pill: Puma, which is made a daemon of", async (t) => {
    const loaded = await ourExample(t, { file: "puma.pill", app: "puma", portCount: 1 });
    await holdUp(loaded, "puma");
    await stopAll(loaded);
  });

  test("worker.pill: a worker of a queue, which finishes the job at hand", async (t) => {
    const loaded = await ourExample(t, { file: "worker.pill", app: "queue" });
    await holdUp(loaded, "worker");
    await writeFile(join(loaded.side.folder, "worker.log"), "");
    await stopAll(loaded);
    assert.match((await loaded.side.file("worker.log")) ?? "", /quiet\n(quiet\n)*done\n$/);
  });
});
