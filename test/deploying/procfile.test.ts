import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { test } from "node:test";
import { gemsAt } from "../apps/served.ts";
import { RawClient } from "../harness/http.ts";
import { descendants, untilGone } from "../harness/processes.ts";
import { ask } from "../server/ask.ts";
import { block } from "./page.ts";
import { Shop } from "./shop.ts";

const SINATRA = resolve(import.meta.dirname, "../../examples/sinatra");

test("The Procfile line runs as it stands, and QUIT to the pid in its file loses nothing", async (t) => {
  const shop = await Shop.open(
    t,
    `Dir.chdir("${SINATRA}") { instance_eval File.read("config.ru"), "${SINATRA}/config.ru" }`,
  );
  const [name, command = ""] = block("Procfile")
    .trim()
    .split(/: (.*)/);
  assert.equal(name, "custom_web");
  const env = { ...gemsAt(resolve(SINATRA, "Gemfile")), RACK_ENV: "production" };
  const ran = await shop.sh(command, env, "/srv/shop/current");
  assert.deepEqual([ran.code, ran.stderr], [0, ""]);
  const socketPath = shop.path("/tmp/web_server.sock");
  const where = { port: 0, socketPath };
  assert.equal((await ask(where, "/json")).status, 200);
  const pid = Number(await readFile(shop.path("/tmp/web_server.pid"), "utf8"));
  const below = await descendants(pid);
  const slow = await RawClient.open(t, { path: socketPath });
  slow.send("GET /json HTTP/1.1\r\nHost: localhost\r\n");
  assert.equal((await ask(where, "/json")).status, 200);
  process.kill(pid, "SIGQUIT");
  slow.send("\r\n");
  assert.equal((await slow.read()).status, 200);
  await untilGone([pid, ...below]);
  assert.deepEqual(
    ["sock", "pid"].map((ending) => existsSync(shop.path(`/tmp/web_server.${ending}`))),
    [false, false],
  );
});
