import assert from "node:assert/strict";
import { mkdir, readdir, realpath } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { test } from "node:test";
import { gemsAt } from "../apps/served.ts";
import { ask } from "../server/ask.ts";
import { Load } from "../server/load.ts";
import { block } from "./page.ts";
import { Shop, saying } from "./shop.ts";

const GEMS = gemsAt(resolve(import.meta.dirname, "../gems/capistrano/Gemfile"));
const CAPFILE = `
require "capistrano/setup"
require "capistrano/deploy"
require "capistrano/scm/git"
install_plugin Capistrano::SCM::Git
`;
/** Deploys to this machine; what is run there is in no bundle, as in a session of its own. */
const STAGE = `
server :local, roles: [:app]
set :tmp_dir, "/tmp/"
ENV.replace(Bundler.unbundled_env)
`;
const AUTHOR = "-c user.name=shop -c user.email=shop@example.invalid";

/** A machine with a repository, and the folder that is deployed from. */
async function deployable(shop: Shop): Promise<void> {
  await shop.put("/etc/thin/shop.yml");
  await shop.write("/home/Capfile", CAPFILE);
  await shop.write("/home/config/deploy.rb", shop.here(block("config/deploy.rb")));
  await shop.write("/home/config/deploy/production.rb", shop.here(STAGE));
  await mkdir(shop.path("/srv/shop.git"));
  const made = await shop.sh(
    "git init -q --bare -b main /srv/shop.git && git clone -q /srv/shop.git source",
  );
  assert.equal(made.code, 0, made.stderr);
}

async function push(shop: Shop, rackup: string): Promise<void> {
  await shop.write("/source/config.ru", rackup);
  const words = `git add . && git ${AUTHOR} commit -qm "a release" && git push -q origin HEAD:main`;
  const { code, stderr } = await shop.sh(words, {}, "/source");
  assert.equal(code, 0, stderr);
}

test("Capistrano deploys, the new release answers without a request lost, and one that does not load fails", async (t) => {
  const shop = await Shop.open(t);
  await deployable(shop);
  const [deploy = "", stop = ""] = block("capistrano").trim().split("\n");
  const cap = (line: string) => shop.sh(`bundle exec ${line}`, GEMS, "/home");
  await push(shop, saying("one"));
  const first = await cap(deploy);
  assert.equal(first.code, 0, first.stdout + first.stderr);
  const members = [0, 1, 2];
  for (const member of members) assert.equal((await ask(shop.at(member), "/")).text, "one");
  const release = basename(await realpath(shop.path("/srv/shop/current")));
  const pids = await Promise.all(members.map((member) => shop.pid(member)));

  const loads = members.map((member) => new Load(t, shop.at(member), "/", 4));
  await push(shop, saying("two"));
  const second = await cap(deploy);
  assert.equal(second.code, 0, second.stdout + second.stderr);
  await Promise.all(loads.map((load) => load.until(({ texts }) => texts.includes("two"))));
  for (const load of loads) {
    const { failures, texts } = await load.stop();
    assert.deepEqual([failures, texts], [[], ["one", "two"]]);
  }
  assert.notEqual(basename(await realpath(shop.path("/srv/shop/current"))), release);
  assert.deepEqual(await Promise.all(members.map((member) => shop.pid(member))), pids);

  await push(shop, "raise 'No luck'");
  const broken = await cap(deploy);
  assert.notEqual(broken.code, 0);
  assert.match(
    broken.stdout + broken.stderr,
    /The restart failed, and the old workers serve on: .*No luck/,
  );
  for (const member of members) assert.equal((await ask(shop.at(member), "/")).text, "two");

  assert.equal((await cap(stop)).code, 0);
  assert.deepEqual(await shop.servers(), []);
  assert.deepEqual(await readdir(shop.path("/srv/shop/shared/sockets")), []);
});
