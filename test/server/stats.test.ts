import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { RawClient } from "../harness/http.ts";
import { until } from "../harness/processes.ts";
import { appFolder, type RunningServer, serve, start } from "../harness/server.ts";
import { type Asked, ask } from "./ask.ts";
import { inhabitants, residentBytes } from "./inhabitants.ts";

const APP = `
run lambda { |env|
  case env["PATH_INFO"]
  when "/raise" then raise "No luck"
  when "/cut" then [200, {}, Enumerator.new { |out| out << "half"; raise "No luck" }]
  when "/missing" then [404, {}, ["no"]]
  when "/hang" then sleep 0.01 until File.exist?("go"); [200, {}, ["went"]]
  else [200, {}, ["app " + env["PATH_INFO"]]]
  end
}
`;

/** As much of the JSON as is looked at here. */
interface Report {
  readonly pid: number;
  readonly connections: number;
  readonly queueLength: number;
  readonly queueWaitMs: number;
  readonly requests: Readonly<Record<string, number | null>> & {
    readonly statuses: Readonly<Record<string, number>>;
  };
  readonly workers: readonly Readonly<Record<string, number | string>>[];
  readonly lastRequest: Readonly<Record<string, readonly (readonly [string, string])[]>> | null;
}

async function serving(t: TestContext, ...args: readonly string[]): Promise<RunningServer> {
  const app = await appFolder(t, APP);
  return await serve(t, { app, args: ["-e", "production", "--stats", "/stats", ...args] });
}

async function reportOf(server: RunningServer): Promise<Report> {
  const { status, headers, text } = await ask(server, "/stats.json");
  assert.deepEqual([status, headers["content-type"]], [200, "application/json"]);
  return JSON.parse(text) as Report;
}

for (const command of ["gossamer", "thin"] as const) {
  test(`${command} --stats shows Thin's counters, and counts no look at them`, async (t) => {
    const app = await appFolder(t, APP);
    const server = await serve(t, { app, command, args: ["--stats", "/stats"] });
    const before = await ask(server, "/stats");
    assert.match(before.text, /<title>Thin Stats<\/title>/);
    assert.match(before.text, /<h1>Server stats<\/h1>/);
    assert.match(before.text, /<th>Requests<td>0\n/);
    assert.doesNotMatch(before.text, /Rack env/);
    const name =
      command === "thin" ? "thin 2\\.0\\.1 codename Thinception \\(gossamer" : "gossamer";
    assert.match(before.text, new RegExp(`<h2>${name} [\\d.]+\\)?</h2>`));
    await ask(server, "/one?a=1");
    await ask(server, "/two?b=2");
    const { text, headers } = await ask(server, "/stats");
    assert.equal(headers["content-type"], "text/html; charset=utf-8");
    assert.equal(headers["cache-control"], "no-store");
    for (const [label, value] of [
      ["PID", String(server.pid)],
      ["Uptime", "\\d+\\.\\d sec"],
      ["Requests", "2"],
      ["Finished", "2"],
      ["Errors", "0"],
      ["Last request", "\\d+\\.\\d{4} sec"],
      ["PATH_INFO", "/two"],
      ["b", "2"],
      ["2xx", "2"],
    ]) {
      assert.match(text, new RegExp(`<th>${label}<td>${value}(\\n|</table>)`), label);
    }
    assert.equal((await server.stop()).code, 0);
  });
}

test("Stats answers its path, what is below it, and its JSON, and nothing that merely begins alike", async (t) => {
  const server = await serving(t, "-w1");
  const said = async (path: string, asked: Asked = {}): Promise<string> => {
    const { status, headers, text } = await ask(server, path, asked);
    const isPage = /Thin Stats|"requests":/.test(text);
    return `${status} ${isPage ? headers["content-type"]?.split(";")[0] : text}`;
  };
  const json = { accept: "application/json" };
  const browser = { accept: "text/html,application/json;q=0.9,*/*;q=0.8" };
  assert.deepEqual(
    [
      await said("/stats"),
      await said("/stats/"),
      await said("/stats/deeper?a=b"),
      await said("/stats", { headers: json }),
      await said("/stats", { headers: browser }),
      await said("/stats.json"),
      await said("/stats", { method: "HEAD" }),
      await said("/statsfoo"),
      await said("/stats.jsonp"),
      await said("/"),
      await said("/stats", { method: "POST", body: "a" }),
    ],
    [
      "200 text/html",
      "200 text/html",
      "200 text/html",
      "200 application/json",
      "200 text/html",
      "200 application/json",
      "200 ",
      "200 app /statsfoo",
      "200 app /stats.jsonp",
      "200 app /",
      "405 405 Method Not Allowed\n",
    ],
  );
  assert.equal((await reportOf(server)).requests["total"], 3);
});

test("Stats tells what became of requests: finished, failed, left by their clients, under way", async (t) => {
  const server = await serving(t, "-w1", "-t4");
  await ask(server, "/missing");
  await ask(server, "/raise");
  await assert.rejects(ask(server, "/cut"));
  const [leaver, waiter] = [
    await RawClient.open(t, { port: server.port }),
    await RawClient.open(t, { port: server.port }),
  ];
  leaver.get("/hang");
  waiter.get("/hang");
  await until(
    async () => (await reportOf(server)).requests["underWay"] === 2,
    10_000,
    async () => JSON.stringify((await reportOf(server)).requests),
  );
  leaver.socket.resetAndDestroy();
  await until(
    async () => (await reportOf(server)).requests["gone"] === 1,
    10_000,
    async () => JSON.stringify((await reportOf(server)).requests),
  );
  const { requests } = await reportOf(server);
  const { total, finished, failed, gone, underWay } = requests;
  assert.deepEqual([total, finished, failed, gone, underWay], [5, 1, 2, 1, 1]);
  assert.deepEqual(requests.statuses, { "2xx": 1, "3xx": 0, "4xx": 1, "5xx": 1 });
  assert.ok((requests["p50Ms"] ?? 0) > 0);
  assert.ok((requests["p99Ms"] ?? 0) >= (requests["p50Ms"] ?? 0));
});

test("Stats answers while every worker hangs, and tells who waits and for how long", async (t) => {
  const app = await appFolder(t, APP);
  const args = ["-w2", "-t1", "-e", "production", "--stats", "/stats"];
  const server = await serve(t, { app, args });
  const asked = Array.from({ length: 5 }, () => ask(server, "/hang"));
  await until(
    async () => (await reportOf(server)).queueLength === 3,
    10_000,
    async () => JSON.stringify(await reportOf(server)),
  );
  const first = await reportOf(server);
  await until(
    async () => (await reportOf(server)).queueWaitMs > first.queueWaitMs,
    10_000,
    () => "nobody waits any longer",
  );
  const { workers, connections } = await reportOf(server);
  assert.deepEqual(
    workers.map(({ number, generation, state, slots, busySlots, inFlight }) => [
      ...[number, generation, state, slots, busySlots, inFlight],
    ]),
    [
      [1, 1, "serving", 1, 1, 1],
      [2, 1, "serving", 1, 1, 1],
    ],
  );
  const pids = workers.map(({ pid }) => Number(pid));
  assert.deepEqual([...pids].sort(), [...(await inhabitants(server.pid)).workers].sort());
  for (const { pid, residentBytes: resident, proportionalBytes, longestMs } of workers) {
    const own = await residentBytes(Number(pid));
    assert.ok(Number(resident) > own / 2 && Number(resident) < own * 2, `${resident}, ${own}`);
    assert.ok(Number(proportionalBytes) > 0 && Number(proportionalBytes) <= Number(resident));
    assert.ok(Number(longestMs) > 0);
  }
  assert.ok(connections >= 5);
  assert.match((await ask(server, "/stats")).text, /<th>Waiting for a worker<td>3, the oldest for/);
  await writeFile(join(app, "go"), "");
  for (const answer of asked) assert.equal((await answer).text, "went");
  const after = await reportOf(server);
  assert.deepEqual([after.queueLength, after.queueWaitMs], [0, 0]);
  assert.equal(
    after.workers.reduce((sum, { answered }) => sum + Number(answered), 0),
    5,
  );
});

test("Stats goes on counting over a restart, and shows the new generation", async (t) => {
  const server = await serving(t, "-w1");
  await ask(server, "/");
  server.signal("SIGHUP");
  await server.waitForLine(/Generation 2 is at work/);
  await ask(server, "/");
  const { requests, workers } = await reportOf(server);
  assert.equal(requests["total"], 2);
  assert.equal(workers.at(-1)?.["generation"], 2);
});

test("Stats shows the last request escaped and without its secrets", async (t) => {
  const server = await serving(t, "-w1");
  const headers = {
    cookie: "session=s3cret; theme=<b>dark",
    authorization: "Basic s3cret",
    "x-probe": "<script>alert(1)</script>",
    "content-type": "application/x-www-form-urlencoded",
  };
  const body = "name=%3Cb%3EAda&user%5Bpassword%5D=s3cret";
  await ask(server, "/form?q=%26&token=s3cret", { method: "POST", headers, body });
  const { text } = await ask(server, "/stats");
  assert.match(text, /<th>name<td>&lt;b&gt;Ada\n/);
  assert.match(text, /<th>user\[password\]<td>\[masked\]/);
  assert.match(text, /<th>q<td>&amp;\n/);
  assert.match(text, /<th>token<td>\[masked\]/);
  assert.match(text, /<th>session<td>\[masked\]\n<tr><th>theme<td>\[masked\]/);
  assert.match(text, /<th>HTTP_AUTHORIZATION<td>\[masked\]/);
  assert.match(text, /<th>HTTP_X_PROBE<td>&lt;script&gt;/);
  assert.match(text, /<th>QUERY_STRING<td>q=%26&amp;token=\[masked\]/);
  assert.doesNotMatch(text, /s3cret|<script|<b>/);
  assert.doesNotMatch((await ask(server, "/stats.json")).text, /s3cret/);
});

test("Stats shows the fields of a multipart form, and files by name and size", async (t) => {
  const server = await serving(t, "-w1");
  const form = new FormData();
  form.append("title", "Notes");
  form.append("file", new Blob(["12345"], { type: "text/plain" }), "notes.txt");
  await fetch(`${server.url}/form`, { method: "POST", body: form });
  const { lastRequest } = await reportOf(server);
  assert.deepEqual(lastRequest?.["post"], [
    ["file", "notes.txt (text/plain, 5 bytes)"],
    ["title", "Notes"],
  ]);
  await fetch(`${server.url}/form`, {
    method: "POST",
    headers: { "content-type": "multipart/form-data; boundary=x" },
    body: "no form at all",
  });
  assert.deepEqual((await reportOf(server)).lastRequest?.["post"], []);
});

test("--stats wants a path below /, in one line", async (t) => {
  const app = await appFolder(t, APP);
  for (const path of ["stats", "/", "//", "/a b"]) {
    for (const [command, code] of [
      ["gossamer", 2],
      ["thin", 1],
    ] as const) {
      const refused = start(t, { app, command, args: ["--stats", path] });
      assert.equal((await refused.exited).code, code);
      assert.equal(
        refused.stderr().replace(/^gossamer: /, ""),
        `--stats: expected a path below /, such as /stats, got ${JSON.stringify(path)}.\n`,
      );
    }
  }
});
