import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { watch } from "node:fs";
import { lstat, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { descendants, until, untilGone } from "../harness/processes.ts";
import { serve, start } from "../harness/server.ts";
import { ask, type Where } from "./ask.ts";
import { appPath, house, ownFolder } from "./place.ts";

const app = appPath("deeds");

test("One server listens on TCP, IPv6 and UNIX sockets at once, each with its mode", async (t) => {
  const folder = await ownFolder(t);
  const one = join(folder, "one.sock");
  const two = join(folder, "two.sock");
  const where = ["127.0.0.1:0", "[::1]:0", one, two].flatMap((place) => ["-l", place]);
  const server = await serve(t, { app, args: ["-w1", ...where, "--socket-mode", "0600"] });
  const [, line = ""] = await server.waitForLine(/Listening on (http.*) after/);
  const ports = [...line.matchAll(/http:\/\/(?:127\.0\.0\.1|\[::1\]):(\d+)/g)].map(
    ([, port]) => port,
  );
  assert.equal(ports.length, 2);
  for (const url of line.match(/http:\S+/g) ?? []) {
    assert.equal(await (await fetch(url)).text(), "hello", url);
  }
  for (const path of [one, two]) {
    assert.equal((await ask({ port: 0, socketPath: path }, "/")).text, "hello");
    assert.equal((await stat(path)).mode & 0o777, 0o600);
  }
  assert.equal((await server.stop()).code, 0);
  for (const path of [one, two]) await assert.rejects(lstat(path), /ENOENT/);
});

test("Two servers on one path: the second is refused and the first is not disturbed", async (t) => {
  const path = join(await ownFolder(t), "s");
  const first = await serve(t, { app, args: ["-w1", "-S", path] });
  const second = start(t, { app, args: ["-w1", "-S", path] });
  assert.equal((await second.exited).code, 1);
  assert.match(second.stderr(), /Cannot listen on .*another process accepts connections on it/);
  assert.equal((await ask(first, "/")).text, "hello");
  const third = start(t, { app, args: ["-w1", "-p", "0", "-l", path] });
  assert.equal((await third.exited).code, 1);
  assert.equal((await ask(first, "/")).text, "hello");
  assert.equal((await first.stop()).code, 0);
});

test("A port that is taken is said so before the app is loaded", async (t) => {
  const first = await house(t, "deeds", ["-w1"]);
  const second = start(t, { app, args: ["-w1", "-l", `127.0.0.1:${first.port}`] });
  assert.equal((await second.exited).code, 1);
  assert.match(second.stderr(), /Cannot listen on 127\.0\.0\.1:\d+: another process listens there/);
  assert.doesNotMatch(second.stdout(), /is ready/);
});

test("A socket is seen once: when there is somebody who answers", async (t) => {
  const folder = await ownFolder(t);
  const seen: string[] = [];
  const watcher = watch(folder, (_, name) => void seen.push(name ?? ""));
  t.after(() => watcher.close());
  const server = await serve(t, { app, args: ["-w1", "-S", join(folder, "s")] });
  await writeFile(join(folder, "mark"), "");
  await until(
    () => seen.includes("mark"),
    20_000,
    () => `seen are ${seen}`,
  );
  assert.deepEqual(
    seen.filter((name) => name === "s"),
    ["s"],
  );
  assert.equal((await server.stop()).code, 0);
});

test("What is no socket stays where it is", async (t) => {
  const path = join(await ownFolder(t), "precious");
  await writeFile(path, "data");
  const server = start(t, { app, args: ["-w1", "-S", path] });
  assert.equal((await server.exited).code, 1);
  assert.match(server.stderr(), /what is there is not a socket/);
  assert.equal((await stat(path)).size, 4);
});

/** Starts a server with `fd` as its descriptor 3, as systemd does: LISTEN_PID is the pid of the server itself. */
function inheriting(fd: number): ChildProcess {
  const bin = resolve(import.meta.dirname, "../../bin/gossamer.mjs");
  const words = ["serve", "-R", app, "-w1"].map((word) => `'${word}'`).join(" ");
  const script = `LISTEN_PID=$$ LISTEN_FDS=1 exec '${process.execPath}' '${bin}' ${words}`;
  return spawn("/bin/sh", ["-c", script], { stdio: ["ignore", "pipe", "inherit", fd] });
}

test("A listening socket that was handed over (LISTEN_FDS) is served, and is nobody else's business", async (t) => {
  const listener = createServer().listen(0, "127.0.0.1");
  await once(listener, "listening");
  const handle = (listener as unknown as { _handle: { fd: number } })._handle;
  const { port } = listener.address() as { port: number };
  const child = inheriting(handle.fd);
  t.after(() => child.kill("SIGKILL"));
  listener.close();
  let said = "";
  child.stdout?.on("data", (text) => {
    said += text;
  });
  await until(
    () => said.includes("Listening on"),
    10_000,
    () => said,
  );
  const where: Where = { port, socketPath: "" };
  assert.equal((await ask(where, "/")).text, "hello");
  const all = await descendants(child.pid ?? 0);
  child.kill("SIGTERM");
  const [code] = await once(child, "exit");
  assert.equal(code, 0);
  await untilGone(all);
  await assert.rejects(ask(where, "/"), /ECONNREFUSED/);
});
