import assert from "node:assert/strict";
import { resolve } from "node:path";
import { test } from "node:test";
import { installService } from "../../src/cli/thin-install.ts";
import { ask } from "../server/ask.ts";
import { block } from "./page.ts";
import { Shop, saying } from "./shop.ts";

const THIN = resolve(import.meta.dirname, "../../bin/thin");

test("The init script of `thin install` starts, restarts and stops what is in /etc/thin", async (t) => {
  const shop = await Shop.open(t, saying("one"));
  await shop.put("/etc/thin/shop.yml");
  const [install = "", start = "", restart = "", stop = ""] = block("init").trim().split("\n");
  assert.equal(install, "thin install /etc/thin");
  // The command itself writes into the machine's own /etc.
  const silent = { say: () => {}, raw: () => {} };
  assert.equal(await installService(shop.path("/etc/thin"), THIN, silent, shop.root), 0);
  assert.equal((await shop.sh(start)).code, 0);
  assert.equal((await ask(shop.at(2), "/")).text, "one");
  await shop.write("/srv/shop/releases/1/config.ru", saying("two"));
  assert.equal((await shop.sh(restart)).code, 0);
  for (const member of [0, 1, 2]) assert.equal((await ask(shop.at(member), "/")).text, "two");
  await shop.write("/srv/shop/releases/1/config.ru", "raise 'No luck'");
  const failed = await shop.sh(restart);
  assert.equal(failed.code, 1);
  assert.match(failed.stderr, /thin\.0\.sock: The restart failed, .*No luck/);
  assert.equal((await shop.sh(stop)).code, 0);
  assert.deepEqual(await shop.servers(), []);
});
