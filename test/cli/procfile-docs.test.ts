import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type TestContext, test } from "node:test";
import { exportHelp } from "../../src/cli/export.ts";
import { upHelp } from "../../src/cli/up.ts";
import { isUpOrder } from "../../src/cli/up-orders.ts";
import {
  commandFlags,
  EXPORT_OPTIONS,
  procfileMarkdown,
  UP_OPTIONS,
} from "../../src/config/index.ts";
import { askLine, CONTROL_SOCKET } from "../../src/control/index.ts";
import {
  bluepillFiles,
  type ExportedFile,
  type ExportModel,
  systemdFiles,
} from "../../src/export/index.ts";
import {
  daemonLineOf,
  findProcfile,
  type PlannedProcess,
  parseEnvFile,
  parseProcfile,
  planProcesses,
} from "../../src/supervise/index.ts";
import { SERVER_FLAGS } from "../../src/supervise/procfile/daemon-line.ts";
import { MARK } from "../../src/supervise/procfile/run.ts";
import { nextState, type ProcessState } from "../../src/supervise/procfile/states.ts";
import { until } from "../harness/processes.ts";
import { startCommand } from "../harness/server.ts";
import { ask } from "../server/ask.ts";

const CHECKOUT = resolve(import.meta.dirname, "../..");
const page = await readFile(join(CHECKOUT, "docs/PROCFILE.md"), "utf8");

/** The cells of the rows of the section that begins with `heading`. */
function rowsIn(heading: string): readonly (readonly string[])[] {
  const rows = sectionOf(heading)
    .split("\n")
    .filter((line) => line.startsWith("| "));
  return rows.map((row) => row.slice(2, -2).split(" | "));
}

/** The section that begins with `heading`. */
function sectionOf(heading: string): string {
  return page.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? "";
}

/** What of a text stands in backticks, but for blocks. */
function quoted(text: string): readonly string[] {
  const lines = text.replace(/^```[\s\S]*?^```$/gm, "");
  return [...lines.matchAll(/`([^`]+)`/g)].map(([, word = ""]) => word);
}

/** What is to run for the text of a Procfile. */
function planned(text: string): readonly PlannedProcess[] {
  return planProcesses(parseProcfile(text, "Procfile"), {
    ...{ root: "/app", port: 5_000, portStep: 100, settings: {}, env: {}, environment: "test" },
    formation: { counts: new Map(), others: 1 },
  }).processes;
}

/** What is exported for it. */
function modelOf(text: string): ExportModel {
  const processes = planned(text).map((plan) => ({ plan, pidFile: undefined }));
  return {
    ...{ app: "app", user: "app", root: "/app", log: undefined, timeoutMs: 5_000, processes },
  };
}

function fileOf(files: readonly ExportedFile[], name: string): string {
  return files.find((file) => file.name === name)?.text ?? "";
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
  const told = { ...planned("custom_web: x\n")[0]?.environment };
  const rows = rowsIn("custom_web").slice(1);
  const named = rows.flatMap(([names = ""]) => names.split(", ").map((one) => one.slice(1, -1)));
  assert.deepEqual(Object.keys(told), [...named, "PORT", "PS"]);
  for (const [names = "", value = ""] of rows) {
    const [, literal] = /^`([^`]+)`$/.exec(value) ?? [];
    if (literal !== undefined) assert.equal(told[names.slice(1, -1)], literal);
  }
});

test("docs/PROCFILE.md names every command, and no other", () => {
  const [table = ""] = page.split("\n## ");
  const words = quoted(table).flatMap((word) => word.split(" "));
  const formats = [...table.matchAll(/`gossamer export (\w+)`/g)].map(([, format]) => format);
  assert.deepEqual(formats, /export (\S+)/.exec(exportHelp())?.[1]?.split("|"));
  const [, orders = ""] = /up (\w+\|\S+) \[/.exec(upHelp()) ?? [];
  const ordered = [...orders.split("|"), ...(/up (status)$/m.exec(upHelp())?.slice(1) ?? [])];
  assert.deepEqual(ordered, ["restart", "start", "stop", "status"]);
  assert.deepEqual([...new Set(words.filter(isUpOrder))].sort(), [...ordered].sort());
});

test("docs/PROCFILE.md speaks of no option that there is not", () => {
  const tables = [UP_OPTIONS, EXPORT_OPTIONS].flatMap((table) => commandFlags<object>(table));
  const known = tables.flatMap(({ short, long, negatable }) => [
    ...(short === undefined ? [] : [`-${short}`]),
    ...(negatable ? [`--${long}`, `--no-${long}`] : [`--${long}`]),
  ]);
  const prose = page.replace(sectionOf("Daemons"), "").replace(/^\| `-.*$/gm, "");
  const said = quoted(prose).flatMap((word) => /^--?[a-zA-Z][\w-]*/.exec(word)?.[0] ?? []);
  assert.ok(said.length > 15, said.join());
  assert.deepEqual(
    said.filter((flag) => !known.includes(flag)),
    [],
  );
});

test("docs/PROCFILE.md names the files that a Procfile may be in", async (t) => {
  const [, names = ""] = /^The file is (.*); `-f`/m.exec(page) ?? [];
  const files = quoted(names).filter((word) => word.startsWith("Procfile"));
  assert.deepEqual(files, ["Procfile", "Procfile_production", "Procfile.production"]);
  const wish = { procfile: undefined, root: undefined };
  for (const file of files) {
    const folder = await emptyFolder(t);
    await writeFile(join(folder, file), "web: x\n");
    assert.equal(findProcfile(wish, folder, "production").path, join(folder, file));
  }
});

test("docs/PROCFILE.md names the variables that each process gets", () => {
  const told = Object.keys(planned("web: x\n")[0]?.environment ?? {});
  const [, after = ""] = sectionOf("The environment").split("\nand then\n");
  const rows = [...after.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name);
  assert.deepEqual(rows, [...told, MARK]);
});

test("docs/PROCFILE.md says by which flags a daemon's files are found", () => {
  const section = sectionOf("Daemons");
  const flagsAfter = (words: string): readonly string[] =>
    quoted(new RegExp(`${words} ([^;,]*(?:, \`[^;,]*)*)[;,]`).exec(section)?.[1] ?? "");
  assert.deepEqual(flagsAfter("The pid file is the one after"), SERVER_FLAGS.pid);
  assert.deepEqual(flagsAfter("The log is the one after"), SERVER_FLAGS.log);
  assert.deepEqual(flagsAfter("relative to the folder after"), SERVER_FLAGS.folder);
  const lineOf = (command: string) => {
    const [process] = planned(`web: ${command}\n`);
    return process && daemonLineOf(process, "/app", {});
  };
  for (const flag of SERVER_FLAGS.pid) {
    assert.deepEqual(lineOf(`x ${flag} a.pid -d`)?.pidFiles, ["/app/a.pid"]);
  }
  for (const flag of SERVER_FLAGS.log) {
    assert.deepEqual(lineOf(`x --pid a.pid ${flag} a.log -d`)?.logFiles, ["/app/a.log"]);
  }
  for (const flag of SERVER_FLAGS.folder) {
    assert.equal(lineOf(`x ${flag} /srv --pid a.pid -d`)?.pidFiles[0], "/srv/a.pid");
  }
  const thin = lineOf("thin start -d");
  const files = [...(thin?.pidFiles ?? []), ...(thin?.logFiles ?? [])];
  assert.deepEqual(files, ["/app/tmp/pids/thin.pid", "/app/log/thin.log"]);
  for (const file of files) assert.ok(section.includes(`\`${file.slice("/app/".length)}\``), file);
});

test("docs/PROCFILE.md says what is exported, and how that is stopped", () => {
  const section = sectionOf("Exports");
  const own = modelOf("web: x\n");
  const names = [...bluepillFiles(own), ...systemdFiles(own)].map(({ name }) => name);
  for (const name of names) assert.ok(section.includes(`\`${name.replace("app", "APP")}\``), name);
  const cloud = modelOf("custom_web: thin start\njobs: x\n");
  const [pills, units] = [bluepillFiles(cloud), systemdFiles(cloud)];
  const rows = rowsIn("Exports").filter(([line = ""]) => /^`(custom_web|jobs)`$/.test(line));
  assert.deepEqual(
    rows.map(([, pill = "", unit = ""]) => [...quoted(pill), ...quoted(unit)]),
    pills.map(({ name }, index) => [name, units[index + 1]?.name]),
  );
  const [, stop = "", stopUnit = ""] = rowsIn("Exports").find(([what]) => what === "stop") ?? [];
  const delays = (pill: string): readonly string[] =>
    /:quit, (\d+)\.seconds, :term, (\d+)\.seconds, :kill/.exec(pill)?.slice(1) ?? [];
  const web = delays(fileOf(pills, "cloud66_web_server.pill"));
  const [quit, term] = delays(fileOf(pills, "user_jobs.pill"));
  assert.equal(
    stop,
    `QUIT, after ${quit} s TERM, after ${term} s (\`custom_web\`: ${web[1]} s) KILL`,
  );
  const seconds = (name: string): string =>
    /^TimeoutStopSec=(\d+)$/m.exec(fileOf(units, name))?.[1] ?? "";
  assert.equal(
    stopUnit,
    `TERM, after \`-t\` KILL; with a \`custom_web\` after ${seconds("cloud66_process_jobs@1.service")} s, and Thin and Unicorn get QUIT and ${seconds("cloud66_web_server.service")} s`,
  );
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
