import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type TestContext, test } from "node:test";
import { procfileMarkdown } from "../../src/config/index.ts";
import { askLine, CONTROL_SOCKET } from "../../src/control/index.ts";
import { parseEnvFile, parseProcfile, planProcesses } from "../../src/supervise/index.ts";
import { nextState, type ProcessState } from "../../src/supervise/procfile/states.ts";
import { until } from "../harness/processes.ts";
import { startCommand } from "../harness/server.ts";
import { ask } from "../server/ask.ts";

const CHECKOUT = resolve(import.meta.dirname, "../..");
const page = await readFile(join(CHECKOUT, "docs/PROCFILE.md"), "utf8");

/** The cells of the rows of the section that begins with `heading`. */
function rowsIn(heading: string): readonly (readonly string[])[] {
  const section = page.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("| "));
  return rows.map((row) => row.slice(2, -2).split(" | "));
}

async function emptyFolder(t: TestContext): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "gossamer-docs-")));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Where nobody listens, for a server that cannot take a free port by itself. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((listening) => server.once("listening", listening));
  const { port } = server.address() as { readonly port: number };
  await new Promise((closed) => server.close(closed));
  return port;
}

test("docs/PROCFILE.md has the options of the code (else: npm run build, node scripts/docs.mjs)", () => {
  assert.equal(procfileMarkdown(page), page);
});

test("docs/PROCFILE.md says what the lines of an env file are", () => {
  const lines = rowsIn("The environment").flatMap(
    ([cell = ""]) => /^`([^`]*KEY[^`]*)`$/.exec(cell)?.[1] ?? [],
  );
  assert.equal(lines.length, 3);
  assert.deepEqual(
    lines.map((line) => parseEnvFile(line)["KEY"]),
    ["some text # all of it", "some $text", "two\nlines"],
  );
  for (const line of ["export KEY=x", " KEY=x", "KEY = x"])
    assert.deepEqual(parseEnvFile(line), {});
});

test("docs/PROCFILE.md says what a custom_web is told", () => {
  const procfile = parseProcfile("custom_web: x\n", "Procfile");
  const { processes } = planProcesses(procfile, {
    ...{ root: "/app", port: 5_000, portStep: 100, settings: {}, env: {}, environment: "test" },
    formation: { counts: new Map(), others: 1 },
  });
  const told = { ...processes[0]?.environment };
  const rows = rowsIn("custom_web").slice(1);
  const named = rows.flatMap(([names = ""]) => names.split(", ").map((one) => one.slice(1, -1)));
  assert.deepEqual(Object.keys(told), [...named, "PORT", "PS"]);
  for (const [names = "", value = ""] of rows) {
    const [, literal] = /^`([^`]+)`$/.exec(value) ?? [];
    if (literal !== undefined) assert.equal(told[names.slice(1, -1)], literal);
  }
});

test("docs/PROCFILE.md names every state", () => {
  const [, list = ""] = /The states are (.*)\./.exec(page) ?? [];
  const named = [...list.matchAll(/`(\w+)`/g)].map(([, state]) => state as ProcessState);
  assert.equal(named.length, 6);
  const causes = ["start", "detach", "follow", "stop", "gone", "wait"] as const;
  const reached = new Set<ProcessState>(["down"]);
  for (const state of reached) for (const cause of causes) reached.add(nextState(state, cause));
  assert.deepEqual([...named].sort(), [...reached].sort());
});

test("docs/CONTROL.md shows what is said to a Procfile that runs", async (t) => {
  const control = await readFile(join(CHECKOUT, "docs/CONTROL.md"), "utf8");
  const said = [...control.matchAll(/^```json\n(.*)\n```$/gm)].map(([, line = ""]) => line);
  assert.equal(said.length, 6);
  const [restart = "", done, status = "", states = "", wrong = "", failed] = said;
  const folder = await emptyFolder(t);
  await writeFile(join(folder, "Procfile"), "web: exec sleep 1000\n");
  const up = startCommand(t, "gossamer", ["up", "-p", "5000"], {
    cwd: folder,
    env: { TMPDIR: folder },
  });
  await up.waitForLine(/started with pid/);
  const [own = ""] = (await readdir(folder)).filter((name) => name.startsWith("gossamer-up-"));
  const tell = async (line: string): Promise<string> => {
    const answer = await askLine(join(folder, own, CONTROL_SOCKET), line);
    assert.equal(answer.kind, "answer");
    return answer.kind === "answer" ? answer.line : "";
  };
  const shape = (line: string): string =>
    line.replace(/"pid":\d+/, '"pid":0').replace(/"upMs":[\d.]+/, '"upMs":0');
  assert.equal(await tell(restart), done);
  assert.equal(shape(await tell(status)), shape(states));
  assert.equal(await tell(wrong), failed);
  for (const line of ["{}", "[]", '{"order":"restart"}', '{"order":"up","processes":[]}']) {
    assert.match(await tell(line), /"reply":"failed"/);
  }
  await up.stop();
});

test("examples/procfile runs, and one of its processes is restarted", async (t) => {
  const port = await freePort();
  const folder = join(CHECKOUT, "examples/procfile");
  const own = await emptyFolder(t);
  const options = { cwd: folder, env: { TMPDIR: own } };
  const words = ["up", "-r", "tired", "-p", String(port)];
  const up = startCommand(t, "gossamer", words, options);
  await up.waitForLine(/tired\.1 +\| Good morning, I am tired\.1/);
  const answers = async (): Promise<boolean> =>
    (await ask({ port, socketPath: "" }, "/plain").catch(() => undefined))?.text ===
    "Hello World\n";
  await until(answers, 30_000, () => up.stdout());
  const restart = startCommand(t, "gossamer", ["up", "restart", "web"], options);
  assert.equal((await restart.exited).code, 0);
  await until(answers, 30_000, () => up.stdout());
  assert.equal(up.stdout().match(/web\.1 +\| started with pid/g)?.length, 2);
  assert.equal((await up.stop()).code, 0);
});
