import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { sdNotify, startChild, watchdogEveryMs } from "../../src/unix/index.ts";

const hasBinary = spawnSync("systemd-notify", ["--version"]).status === 0;

/**
 * systemd's end of the socket, in Ruby, which has datagram sockets: prints what it is told. It listens on, as
 * systemd does, because systemd-notify sends a barrier after its words, and fails when nobody takes it.
 */
const SYSTEMD = `
  require "socket"
  socket = Socket.new(:UNIX, :DGRAM)
  socket.bind(Addrinfo.unix(ARGV[0]))
  $stdout.sync = true
  puts "bound"
  loop { puts socket.recv(4096) }
`;

/** Has somebody listen in a folder of its own, and tells them that we are ready, with programs from `path`. */
async function told(t: TestContext, pathIn: (folder: string) => Promise<string>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "gossamer-"));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, "notify");
  const systemd = startChild("ruby", ["-e", SYSTEMD, path], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => systemd.kill("SIGKILL"));
  assert.ok(systemd.stdout);
  let said = "";
  systemd.stdout.on("data", (chunk) => {
    said += chunk;
  });
  await once(systemd.stdout, "data");
  const env = { ...process.env, PATH: await pathIn(folder), NOTIFY_SOCKET: path };
  assert.equal(await sdNotify(["READY=1", "STATUS=listening"], env), true);
  while (!said.includes("STATUS=listening")) await once(systemd.stdout, "data");
  return said;
}

test("sdNotify() tells systemd", { skip: !hasBinary && "no systemd-notify here" }, async (t) => {
  const said = await told(t, () => Promise.resolve(process.env["PATH"] ?? ""));
  assert.match(said, /READY=1\nSTATUS=listening/);
});

test("sdNotify() tells systemd where there is no systemd-notify", async (t) => {
  const said = await told(t, async (folder) => {
    const found = spawnSync("ruby", ["-e", "print RbConfig.ruby"], { encoding: "utf8" });
    await symlink(found.stdout, join(folder, "ruby"));
    return folder;
  });
  assert.match(said, /READY=1\nSTATUS=listening/);
});

test("sdNotify() is quiet where there is nobody to tell", async () => {
  assert.equal(await sdNotify(["READY=1"], {}), false);
});

test("watchdogEveryMs() is half of the time that there is, where somebody waits for this process", () => {
  const env = { NOTIFY_SOCKET: "/run/notify", WATCHDOG_USEC: "30000000" };
  assert.equal(watchdogEveryMs(env), 15_000);
  assert.equal(watchdogEveryMs({ ...env, WATCHDOG_PID: String(process.pid) }), 15_000);
  assert.equal(watchdogEveryMs({ ...env, WATCHDOG_PID: String(process.ppid) }), undefined);
  assert.equal(watchdogEveryMs({ ...env, WATCHDOG_USEC: "soon" }), undefined);
  assert.equal(watchdogEveryMs({ WATCHDOG_USEC: "30000000" }), undefined);
});
