import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { bothSides, type Side } from "../bluepill/side.ts";
import { until } from "../harness/processes.ts";
import { appFolder } from "../harness/server.ts";
import { ask } from "../server/ask.ts";
import { Load } from "../server/load.ts";
import { block } from "./page.ts";
import { saying } from "./shop.ts";

const BIN = resolve(import.meta.dirname, "../../bin");

/** The pill of the page, with `/srv/shop` in the folder of this side. */
function pillAt(side: Side, current: string): string {
  return block("/srv/shop/shared/shop.pill")
    .replaceAll("/srv/shop/current", current)
    .replaceAll("/srv/shop", side.folder)
    .replaceAll("/usr/local/bin", BIN);
}

test("bluepill, the gem and ours, keeps a thin that daemonizes itself, restarts it without a loss, and stops it", async (t) => {
  const [load = "", restart = "", stop = "", quit = ""] = block("bluepill").trim().split("\n");
  const words = (line: string): string[] => line.split(" ").slice(1);
  assert.deepEqual(words(load), ["load", "/srv/shop/shared/shop.pill"]);
  const watch = async (side: Side): Promise<void> => {
    for (const name of ["log", "pids", "sockets"]) {
      await mkdir(join(side.folder, "shared", name), { recursive: true });
    }
    const where = { port: 0, socketPath: join(side.folder, "shared/sockets/thin.sock") };
    const pid = async (): Promise<number> =>
      Number(await readFile(join(side.folder, "shared/pids/thin.pid"), "utf8").catch(() => "NaN"));
    const current = await appFolder(t, saying("one"));
    await side.load(pillAt(side, current), "shop");
    const first = await side.untilState("thin", "up", -1, "shop");
    assert.deepEqual([await pid(), (await ask(where, "/")).text], [first, "one"]);

    process.kill(first, "SIGKILL");
    const second = await side.untilState("thin", "up", first, "shop");
    await until(
      async () => (await ask(where, "/").catch(() => undefined))?.text === "one",
      30_000,
      () => `${side.name}: nobody answers after ${first} was killed`,
    );
    assert.equal(await pid(), second);

    const clients = new Load(t, where, "/", 4);
    await clients.more(20);
    await writeFile(join(current, "config.ru"), saying("two"));
    assert.equal((await side.run(...words(restart))).code, 0);
    await clients.until(({ texts }) => texts.includes("two"));
    await clients.more(100);
    assert.deepEqual((await clients.stop()).failures, []);
    assert.equal(await side.untilState("thin", "up", -1, "shop"), second);

    assert.equal((await side.run(...words(stop))).code, 0);
    await until(
      async () => Number.isNaN(await pid()),
      40_000,
      () => `${side.name}: it is not stopped`,
    );
    assert.equal((await side.run(...words(quit))).code, 0);
  };
  await Promise.all((await bothSides(t)).map(watch));
});
