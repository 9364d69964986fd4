import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { askLine } from "../../src/control/index.ts";
import { until } from "../harness/processes.ts";
import { ask, daemonOf, openFiles, socketOf, untilUp } from "./asked.ts";
import { ourSide, type Side } from "./side.ts";

const PILL = `Bluepill.application("a", log_file: "FOLDER/a.log") do |app|
  app.process("web") do |p|
    p.start_command = "/bin/sleep 1000"
    p.daemonize = true
    p.start_grace_time = 0
    p.stop_grace_time = 1
    p.checks :always_true, every: 1, times: 1
  end
end
`;

const STATUS = '{"order":"status","target":[]}';

/** A connection that may not be had at once, because hundreds want one. */
async function open(t: TestContext, path: string): Promise<Socket> {
  for (;;) {
    const socket = connect(path);
    socket.on("error", () => {});
    const code = await Promise.race([
      once(socket, "connect").then(() => undefined),
      new Promise<string>((resolve) =>
        socket.once("error", ({ code = "" }: NodeJS.ErrnoException) => resolve(code)),
      ),
    ]);
    if (code === undefined) {
      t.after(() => void socket.destroy());
      return socket;
    }
    assert.equal(code, "EAGAIN");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function status(path: string): Promise<string> {
  for (;;) {
    const answer = await askLine(path, STATUS, 30_000);
    if (answer.kind === "answer") return answer.line;
    assert.deepEqual(answer, { kind: "nobody", code: "EAGAIN" });
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function several<T>(count: number, one: (n: number) => Promise<T>): Promise<readonly T[]> {
  return Promise.all(Array.from({ length: count }, (_, n) => one(n)));
}

/** Ticks that were seen in the log. */
async function ticks(side: Side): Promise<number> {
  return ((await side.file("a.log")) ?? "").match(/always_true: /g)?.length ?? 0;
}

const BROKEN = [
  "\n",
  "status\n",
  "{}\n",
  '{"order":7}\n',
  "\0\xff\n",
  "x".repeat(70_000),
  "[[[[\n",
];

test("1,000 who ask at once are all answered, whatever others send, or do not", async (t) => {
  const side = await ourSide(t);
  await side.load(PILL);
  const pid = await untilUp(side, "web");
  const daemon = await daemonOf(side);
  const path = socketOf(side);
  const before = await openFiles(daemon);
  const silent = await several(100, () => open(t, path));
  const halves = await several(50, async () => {
    const socket = await open(t, path);
    socket.write(STATUS);
    return socket;
  });
  const unread = await several(100, async () => {
    const socket = await open(t, path);
    socket.pause().write(`${STATUS}\n`);
    return socket;
  });
  const leaving = several(50, async () => (await open(t, path)).end(`${STATUS}\n`).destroy());
  const broken = several(70, async (n) => {
    const socket = await open(t, path);
    socket.setEncoding("utf8").write(BROKEN[n % BROKEN.length] ?? "");
    let text = "";
    for await (const piece of socket) text += piece;
    return text;
  });
  const answers = await several(1_000, () => status(path));
  assert.equal(new Set(answers).size, 1);
  const [answer = ""] = answers;
  assert.equal(JSON.parse(answer).groups[0].processes[0].pid, pid);
  for (const text of await broken) assert.match(text, /^\{"reply":"failed",.*\}\n$/);
  await leaving;
  // Who says nothing and takes nothing is let go, without anybody's doing.
  await until(
    async () => (await openFiles(daemon)) <= before,
    20_000,
    async () => `${await openFiles(daemon)} files, ${before} before`,
  );
  assert.equal(silent.length + halves.length + unread.length, 250);
  assert.equal(await daemonOf(side), daemon);
});

test("a daemon that may open no more files takes no process for dead", async (t) => {
  const side = await ourSide(t);
  await side.load(PILL);
  const pid = await untilUp(side, "web");
  const daemon = await daemonOf(side);
  const files = await openFiles(daemon);
  execFileSync("prlimit", [`--pid=${daemon}`, `--nofile=${files + 5}:`]);
  const sockets = await several(40, () => open(t, socketOf(side)));
  await until(
    async () => (await openFiles(daemon)) >= files + 4,
    30_000,
    async () => `${await openFiles(daemon)} files are open, ${files} before`,
  );
  const seen = await ticks(side);
  await until(
    async () => (await ticks(side)) >= seen + 3,
    30_000,
    async () => `${(await ticks(side)) - seen} ticks`,
  );
  for (const socket of sockets) socket.destroy();
  const reply = await ask(side, { order: "status", target: [] });
  assert.ok(reply.reply === "status");
  const [web] = reply.groups[0]?.processes ?? [];
  assert.deepEqual([web?.state, web?.pid], ["up", pid]);
  const log = (await side.file("a.log")) ?? "";
  assert.equal(log.match(/Executing start command/g)?.length, 1, log);
});
