import assert from "node:assert/strict";
import { join, resolve } from "node:path";
import { after, before, describe, test } from "node:test";
import { railsContract } from "../apps/contracts/rails.ts";
import { untilGone } from "../harness/processes.ts";
import type { Owner } from "../harness/server.ts";
import { type RubyServer, scratchFolder, serveRuby } from "./ruby-server.ts";

const RAILS = resolve(import.meta.dirname, "../../examples/rails");

describe("rails server -u thin serves examples/rails", () => {
  const cleanups: (() => Promise<void>)[] = [];
  const owner: Owner = { after: (clean) => void cleanups.unshift(clean), diagnostic: () => {} };
  let server: RubyServer | undefined;
  const running = (): RubyServer => {
    assert.ok(server, "the server has started");
    return server;
  };
  before(async () => {
    const pidFile = join(await scratchFolder(owner), "server.pid");
    const rails = ["ruby", "bin/rails", "server", "-u", "thin", "-e", "production"];
    const words = [...rails, "-b", "127.0.0.1", "-p", "0", "-P", pidFile];
    server = await serveRuby(owner, { bundle: "rails-thin", cwd: RAILS, words });
  });
  railsContract(() => ({ url: `http://127.0.0.1:${running().port}` }));
  test("rails server -u thin says so, ends with 0 on Ctrl-C, and leaves nothing", async () => {
    assert.match(running().stdout(), /=> Booting Thin/);
    const all = await running().children();
    running().signal("SIGINT");
    assert.equal((await running().exited).code, 0);
    assert.match(running().stdout(), /Exiting/);
    await untilGone(all);
    assert.deepEqual(await running().leftovers(), []);
  });
  after(async () => {
    for (const clean of cleanups) await clean();
  });
});
