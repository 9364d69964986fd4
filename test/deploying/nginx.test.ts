import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { type TestContext, test } from "node:test";
import { RawClient } from "../harness/http.ts";
import { ask } from "../server/ask.ts";
import { Load } from "../server/load.ts";
import { hasNginx, nginxBefore } from "./nginx.ts";
import { block } from "./page.ts";
import { freePorts, Shop, saying } from "./shop.ts";

const APP = `
require "digest"
run lambda { |env|
  text = case env["PATH_INFO"]
         when "/upload" then Digest::SHA256.hexdigest(env["rack.input"].read)
         when "/big" then "0123456789" * 500_000
         when "/who" then env.values_at(*%w[HTTP_X_REAL_IP HTTP_X_FORWARDED_FOR HTTP_X_FORWARDED_PROTO HTTP_HOST]).join(" ")
         else "one"
         end
  [200, { "content-type" => "text/plain" }, [text]]
}
`;

const UPSTREAMS = [
  ["UNIX sockets", "/etc/thin/shop.yml", "/etc/nginx/conf.d/shop-upstream.conf"],
  ["ports", "/etc/thin/ports.yml", "/etc/nginx/conf.d/shop-upstream-ports.conf"],
] as const;

/** A shop with its servers and nginx before them; undefined where there is no nginx. */
async function behindNginx(t: TestContext, config: string, upstream: string) {
  if (!hasNginx()) return t.skip("nginx is not installed");
  const first = await freePorts(4);
  const instead = {
    "port: 3000": `port: ${first}`,
    ...Object.fromEntries(
      [0, 1, 2].map((one) => [`127.0.0.1:${3000 + one}`, `127.0.0.1:${first + one}`]),
    ),
    "listen 80;": `listen 127.0.0.1:${first + 3};`,
  };
  const shop = await Shop.open(t, APP, instead);
  await shop.put(config);
  const started = await shop.sh(`thin start -C ${config}`);
  assert.deepEqual([started.code, started.stderr], [0, ""]);
  return { shop, where: await nginxBefore(shop, upstream, first + 3) };
}

for (const [what, config, upstream] of UPSTREAMS) {
  test(`A rolling restart behind nginx loses no request, over ${what}`, async (t) => {
    const site = await behindNginx(t, config, upstream);
    if (site === undefined) return;
    const { shop, where } = site;
    const load = new Load(t, where, "/", 16);
    await load.more(100);
    const rolling = block("rolling").trim().replace("/etc/thin/shop.yml", config);
    for (let version = 1; version <= 3; version++) {
      await shop.write("/srv/shop/releases/1/config.ru", saying(`version ${version}`));
      const { code, stderr } = await shop.sh(rolling);
      assert.deepEqual([code, stderr], [0, ""]);
      await load.until(({ texts }) => texts.includes(`version ${version}`));
      await load.more(100);
    }
    const { failures, texts } = await load.stop();
    assert.deepEqual(failures, []);
    assert.equal(texts.at(-1), "version 3");
    assert.equal((await shop.sh(`thin stop -C ${config}`)).code, 0);
  });
}

test("nginx tells the app who the client is, and sends the files of `public` by itself", async (t) => {
  const site = await behindNginx(t, ...(UPSTREAMS[0].slice(1) as [string, string]));
  if (site === undefined) return;
  const { shop, where } = site;
  const headers = { host: "shop.example", "x-forwarded-for": "203.0.113.7" };
  const { text } = await ask(where, "/who", { headers });
  assert.equal(text, "127.0.0.1 203.0.113.7, 127.0.0.1 http shop.example");
  await shop.write("/srv/shop/releases/1/public/robots.txt", "User-agent: *\n");
  const file = await ask(where, "/robots.txt");
  assert.deepEqual(
    [file.text, /^nginx/.test(String(file.headers["server"]))],
    ["User-agent: *\n", true],
  );
});

test("A large upload and slow clients come through nginx, and hold nobody up", async (t) => {
  const site = await behindNginx(t, ...(UPSTREAMS[0].slice(1) as [string, string]));
  if (site === undefined) return;
  const { where } = site;
  const body = Buffer.alloc(20_000_000, "a large upload ");
  const digest = createHash("sha256").update(body).digest("hex");
  assert.equal((await ask(where, "/upload", { method: "POST", body })).text, digest);

  const sender = await RawClient.open(t, { port: where.port });
  sender.send(`POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n`);
  sender.send(body.subarray(0, 100_000));
  const reader = await RawClient.open(t, { port: where.port });
  reader.socket.pause();
  reader.get("/big");
  // Each of the three servers runs one request at a time.
  for (let count = 0; count < 30; count++) assert.equal((await ask(where, "/")).text, "one");
  sender.send(body.subarray(100_000));
  assert.equal((await sender.read()).text, digest);
  reader.socket.resume();
  assert.equal((await reader.read()).text.length, 5_000_000);
});
