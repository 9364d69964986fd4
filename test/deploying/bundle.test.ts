import assert from "node:assert/strict";
import { realpath, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { ask } from "../server/ask.ts";
import { Shop } from "./shop.ts";

const TELLING = 'run ->(_) { [200, {}, [ENV["BUNDLE_GEMFILE"]]] }';
const THIN = (command: string): string => `bundle exec thin ${command} -C /etc/thin/shop.yml`;

async function release(shop: Shop, number: number): Promise<string> {
  const folder = `/srv/shop/releases/${number}`;
  await shop.write(`${folder}/config.ru`, TELLING);
  await shop.write(`${folder}/Gemfile`, 'source "https://gems.example"\n');
  await rm(shop.path("/srv/shop/current"), { force: true });
  await symlink(`releases/${number}`, shop.path("/srv/shop/current"));
  return join(await realpath(shop.path(folder)), "Gemfile");
}

test("`bundle exec thin restart` in a new release takes its Gemfile, also when the first release is gone", async (t) => {
  const shop = await Shop.open(t);
  await shop.put("/etc/thin/shop.yml");
  const first = await release(shop, 1);
  const started = await shop.sh(THIN("start"), {}, "/srv/shop/current");
  assert.equal(started.code, 0, started.stderr);
  for (const member of [0, 1, 2]) assert.equal((await ask(shop.at(member), "/")).text, first);
  const second = await release(shop, 2);
  await rm(shop.path("/srv/shop/releases/1"), { recursive: true });
  const restarted = await shop.sh(THIN("restart"), {}, "/srv/shop/current");
  assert.equal(restarted.code, 0, restarted.stderr);
  for (const member of [0, 1, 2]) assert.equal((await ask(shop.at(member), "/")).text, second);
  assert.equal((await shop.sh(THIN("stop"), {}, "/srv/shop/current")).code, 0);
});
