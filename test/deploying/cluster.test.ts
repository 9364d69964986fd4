import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { test } from "node:test";
import { ask } from "../server/ask.ts";
import { Load } from "../server/load.ts";
import { block } from "./page.ts";
import { Shop, saying } from "./shop.ts";

const MEMBERS = [0, 1, 2];

test("The YAML file of a cluster starts, restarts and stops it, and no request is lost", async (t) => {
  const shop = await Shop.open(t, saying("one"));
  await shop.put("/etc/thin/shop.yml");
  const [start = "", restart = "", one = "", stop = ""] = block("cluster").trim().split("\n");
  const started = await shop.sh(start);
  assert.deepEqual([started.code, started.stderr], [0, ""]);
  for (const member of MEMBERS) assert.equal((await ask(shop.at(member), "/")).text, "one");
  const pids = await Promise.all(MEMBERS.map((member) => shop.pid(member)));
  const loads = MEMBERS.map((member) => new Load(t, shop.at(member), "/", 4));
  await shop.write("/srv/shop/releases/1/config.ru", saying("two"));
  const restarted = await shop.sh(restart);
  assert.deepEqual([restarted.code, restarted.stderr], [0, ""]);
  assert.equal(restarted.stdout.match(/Waiting for server to start/g)?.length, 3);
  for (const member of MEMBERS) assert.equal((await ask(shop.at(member), "/")).text, "two");
  await shop.write("/srv/shop/releases/1/config.ru", saying("three"));
  assert.equal((await shop.sh(one)).code, 0);
  const texts = await Promise.all(MEMBERS.map((member) => ask(shop.at(member), "/")));
  assert.deepEqual(
    texts.map(({ text }) => text),
    ["two", "three", "two"],
  );
  for (const load of loads) assert.deepEqual((await load.stop()).failures, []);
  assert.deepEqual(await Promise.all(MEMBERS.map((member) => shop.pid(member))), pids);
  const stopped = await shop.sh(stop);
  assert.deepEqual([stopped.code, stopped.stderr], [0, ""]);
  assert.deepEqual(await shop.servers(), []);
  for (const name of ["pids", "sockets"]) {
    assert.deepEqual(await readdir(shop.path(`/srv/shop/shared/${name}`)), []);
  }
});
