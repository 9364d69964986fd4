import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { forgetOwnBundle } from "../../src/ruby/index.ts";

test("forgetOwnBundle() forgets the Gemfile of the app, whatever link leads there, and no other", async (t) => {
  const root = await mkdtemp("/tmp/gsm-");
  t.after(() => rm(root, { recursive: true, force: true }));
  const own = join(root, "releases/1/Gemfile");
  await mkdir(join(root, "releases/1/app"), { recursive: true });
  await writeFile(own, "");
  await writeFile(join(root, "Gemfile"), "");
  await symlink("releases/1", join(root, "current"));
  const left = (directory: string, gemfile: string) => {
    const env = { BUNDLE_GEMFILE: gemfile, RUBYOPT: "-W0 -r/lib/bundler/setup -rjson", HOME: root };
    forgetOwnBundle(join(root, directory), env);
    return env;
  };
  const forgotten = { RUBYOPT: "-W0 -rjson", HOME: root };
  for (const directory of ["current", "current/app", "releases/1"]) {
    assert.deepEqual(left(directory, own), forgotten, directory);
  }
  assert.deepEqual(left("current", join(root, "current/Gemfile")), forgotten);
  assert.equal(left("current", join(root, "Gemfile")).BUNDLE_GEMFILE, join(root, "Gemfile"));
  assert.equal(left("current", join(root, "none")).RUBYOPT, "-W0 -r/lib/bundler/setup -rjson");
  await mkdir(join(root, "other"));
  await writeFile(join(root, "other/gems.rb"), "");
  assert.deepEqual(left("other", join(root, "other/gems.rb")), forgotten);
  const without = { RUBYOPT: "-W0" };
  forgetOwnBundle(root, without);
  assert.deepEqual(without, { RUBYOPT: "-W0" });
});
