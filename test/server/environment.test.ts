import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
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

test("--oobgc collects between requests, and every request is answered", async (t) => {
  const server = await house(t, "deeds", ["-w1", "-t1", "--oobgc"]);
  const before = Number((await ask(server, "/gc")).text);
  const load = new Load(t, server, "/", 2);
  await load.more(2_000);
  assert.deepEqual((await load.stop()).failures, []);
  assert.ok(Number((await ask(server, "/gc")).text) > before);
});

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
