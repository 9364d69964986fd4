import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { appFolder } from "../harness/server.ts";
import { ask } from "./ask.ts";
import { inhabitants } from "./inhabitants.ts";
import { Load } from "./load.ts";
import { house } from "./place.ts";

for (const [workers, threads, facts] of [
  [1, 1, "false false"],
  [1, 3, "true false"],
  [2, 1, "false true"],
] as const) {
  test(`rack.multithread and rack.multiprocess are true to ${workers} × ${threads}`, async (t) => {
    const server = await house(t, "deeds", [`-w${workers}`, `-t${threads}`, "--no-yjit"]);
    assert.equal((await ask(server, "/facts")).text, `${facts} false`);
  });
}

test("--yjit turns YJIT on", async (t) => {
  const server = await house(t, "deeds", ["-w1", "-t1", "--yjit"]);
  assert.equal((await ask(server, "/facts")).text, "false false true");
});

for (const [option, isTidied] of [
  ["--oobgc", true],
  ["--no-oobgc", false],
] as const) {
  test(`${option}: garbage is ${isTidied ? "" : "not "}collected between requests`, async (t) => {
    const folder = await appFolder(
      t,
      `$during = 0
      run lambda { |env|
        $began ||= GC.count
        next [200, {}, [(GC.count - $began - $during).to_s]] if env["PATH_INFO"] == "/between"

        before = GC.count
        4_000.times { +"garbage" }
        $during += GC.count - before
        [200, {}, ["done"]]
      }`,
    );
    const server = await house(t, folder, ["-w1", "-t1", option]);
    const load = new Load(t, server, "/", 1);
    await load.more(400);
    assert.deepEqual((await load.stop()).failures, []);
    const between = Number((await ask(server, "/between")).text);
    // The few objects that we make of a request may be the last straw now and then.
    assert.ok(isTidied ? between >= 12 : between < 12, `${between} collections between requests`);
  });
}

test("--tag is what the workers are known by", async (t) => {
  const server = await house(t, "deeds", ["-w1", "-t1", "--tag", "shop"]);
  const { workers, molds } = await inhabitants(server.pid);
  for (const pid of [...workers, ...molds]) {
    assert.match(
      await readFile(`/proc/${pid}/cmdline`, "latin1"),
      /^gossamer (worker 1|mold) \[shop\]/,
    );
  }
});
