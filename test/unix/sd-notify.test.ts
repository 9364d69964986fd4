import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { sdNotify, startChild } from "../../src/unix/index.ts";

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

test("sdNotify() tells systemd", { skip: !hasBinary && "no systemd-notify here" }, async (t) => {
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
  const env = { ...process.env, NOTIFY_SOCKET: path };
  assert.equal(await sdNotify(["READY=1", "STATUS=listening"], env), true);
  while (!said.includes("STATUS=listening")) await once(systemd.stdout, "data");
  assert.match(said, /READY=1\nSTATUS=listening/);
});

test("sdNotify() is quiet where there is nobody to tell", async () => {
  assert.equal(await sdNotify(["READY=1"], {}), false);
});
