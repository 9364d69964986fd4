import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { until } from "../harness/processes.ts";
import { ask } from "../server/ask.ts";
import { Shop, saying } from "./shop.ts";

test("monit starts a server that is not there, and again once it was killed", async (t) => {
  if (spawnSync("monit", ["--version"]).status !== 0) return t.skip("monit is not installed");
  const shop = await Shop.open(t, saying("one"));
  await shop.put("/etc/thin/shop.yml");
  await shop.put("/etc/monit/conf.d/shop");
  const files = ["pid", "state", "id"].map(
    (name) => `set ${name}file ${shop.path("/tmp/monit")}.${name}`,
  );
  const monitrc = ["set daemon 1", ...files, `include ${shop.path("/etc/monit/conf.d/shop")}`];
  await shop.write("/etc/monit/monitrc", `${monitrc.join("\n")}\n`, 0o600);
  const monit = shop.start("monit", ["-I", "-c", shop.path("/etc/monit/monitrc")]);
  const first = await shop.untilOther(Number.NaN, 0);
  await answers(shop);
  process.kill(first, "SIGKILL");
  const second = await shop.untilOther(first, 0);
  await answers(shop);
  assert.deepEqual(await shop.servers(), [second]);
  monit.signal("SIGTERM");
  assert.equal((await monit.exited).code, 0);
  assert.equal((await shop.sh("thin stop -C /etc/thin/shop.yml -o 0")).code, 0);
  assert.deepEqual(await shop.servers(), []);
});

async function answers(shop: Shop): Promise<void> {
  const text = (): Promise<string> => ask(shop.at(0), "/").then(({ text }) => text, String);
  await until(
    async () => (await text()) === "one",
    30_000,
    async () => `the server answers: ${await text()}`,
  );
}
