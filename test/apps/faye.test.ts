import assert from "node:assert/strict";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { Agent } from "node:http";
import { resolve } from "node:path";
import { before, type TestContext, test } from "node:test";
import WebSocket from "ws";
import { installGems } from "../../scripts/gems.mjs";
import { appFolder } from "../harness/server.ts";
import { ask } from "../server/ask.ts";
import { freePorts } from "../thin/ports.ts";
import { Side } from "../thin/side.ts";
import { asyncApp } from "./async.ts";
import { BayeuxClient, newsIn, overSocket, polling } from "./bayeux.ts";
import { Socket } from "./socket.ts";

const OURS = resolve(import.meta.dirname, "../gems/async/Gemfile");
/** With the thin gem in it, as in the bundle of somebody who comes from there. */
const THIN = resolve(import.meta.dirname, "../peers/thin-async/Gemfile");

/** Who serves the app, with which gems, told what. */
const SERVERS = {
  "the thin gem": ["thin", THIN, []],
  ours: ["ours", OURS, []],
  "ours, with the thin gem in the app's bundle": ["ours", THIN, []],
  "ours, in threads": ["ours", OURS, ["--threaded"]],
} as const;

before(async () => {
  await installGems(["async", "thin-async"]);
});

for (const [title, [name, gemfile, words]] of Object.entries(SERVERS)) {
  /** A server of this kind that answers. */
  const open = async (t: TestContext): Promise<{ port: number; socketPath: string }> => {
    const folder = await appFolder(t, await readFile(asyncApp("faye"), "utf8"));
    const side = new Side(name, folder, await freePorts(), { thin: gemfile, ours: gemfile }, t);
    side.start("start", "-S", side.socket, "-e", "production", ...words);
    await side.answer("/nothing");
    return { port: 0, socketPath: side.socket };
  };

  test(`Faye on ${title} tells its long-polling clients what is published, on kept connections`, async (t) => {
    const where = await open(t);
    const agent = new Agent({ keepAlive: true });
    t.after(() => agent.destroy());
    const clients = await Promise.all(
      Array.from({ length: 20 }, () => BayeuxClient.greet(polling(where, agent))),
    );
    for (const client of clients) await client.subscribe("/news");
    for (const text of ["first", "second"]) {
      const heard = clients.map((client) => client.connect("long-polling"));
      assert.equal((await ask(where, `/publish?${text}`)).text, "published");
      for (const messages of await Promise.all(heard)) {
        assert.deepEqual(newsIn(messages), [{ text }]);
      }
    }
    const sockets = Object.values(agent.freeSockets).flat();
    assert.ok(sockets.length >= 20, `${sockets.length} connections are kept`);
  });

  test(`Faye on ${title} speaks over WebSockets`, async (t) => {
    const where = await open(t);
    const ws = new WebSocket(`ws+unix://${where.socketPath}:/faye`);
    await using socket = await Socket.opened(ws);
    const client = await BayeuxClient.greet(overSocket(socket));
    await client.subscribe("/news");
    for (const text of ["first", "second"]) {
      const heard = client.connect("websocket");
      assert.equal((await ask(where, `/publish?${text}`)).text, "published");
      assert.deepEqual(newsIn(await heard), [{ text }]);
    }
    const pong = once(ws, "pong");
    ws.ping("are you there");
    assert.equal(String((await pong)[0]), "are you there");
    assert.equal(await socket.close(), 1000);
  });
}
