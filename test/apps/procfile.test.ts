import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { freePorts } from "../deploying/shop.ts";
import { until, untilGone } from "../harness/processes.ts";
import { startCommand } from "../harness/server.ts";
import { ask } from "../server/ask.ts";
import { gemsAt } from "./served.ts";

const EXAMPLES = resolve(import.meta.dirname, "../../examples");

/** What each example that has a Procfile answers, at which path. */
const ANSWERS: Readonly<Record<string, readonly [path: string, text: RegExp]>> = {
  procfile: ["/plain", /^Hello World$/m],
  rails: ["/up", /green/],
  roda: ["/books/1", /"title"/],
  sinatra: ["/json", /^\{/],
  websocket: ["/", /WebSocket/],
};

test("Each example that has a Procfile is run below", () => {
  const found = readdirSync(EXAMPLES).filter((name) =>
    existsSync(join(EXAMPLES, name, "Procfile")),
  );
  assert.deepEqual(found.sort(), Object.keys(ANSWERS));
});

for (const [name, [path, text]] of Object.entries(ANSWERS)) {
  test(`gossamer up runs examples/${name} on the port that it is told, and Ctrl-C ends all of it`, async (t) => {
    const cwd = join(EXAMPLES, name);
    const own = await mkdtemp(join(tmpdir(), "gossamer-example-"));
    t.after(() => rm(own, { recursive: true, force: true }));
    // A database of its own: other tests have Rails in its other environments.
    const env = { ...gemsAt(join(cwd, "Gemfile")), RAILS_ENV: "test", TMPDIR: own };
    const port = await freePorts(1);
    const up = startCommand(t, "gossamer", ["up", "-p", String(port)], { cwd, env });
    let answer: Awaited<ReturnType<typeof ask>> | undefined;
    await until(
      async () => {
        answer = await ask({ port, socketPath: "" }, path).catch(() => undefined);
        return answer !== undefined;
      },
      60_000,
      () => `nobody answers: ${up.stdout()}`,
    );
    assert.equal(answer?.status, 200);
    assert.match(answer?.text ?? "", text);
    const below = await up.children();
    up.signal("SIGINT");
    assert.deepEqual(await up.exited, { reason: "exit 0", code: 0 });
    await untilGone(below);
    assert.deepEqual(await readdir(own), []);
  });
}
