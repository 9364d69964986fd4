import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { findRuby } from "../../src/ruby/index.ts";

async function folder(t: TestContext, files: Readonly<Record<string, string>>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), "gossamer-"));
  t.after(() => rm(root, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    const path = join(root, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
    if (text.startsWith("#!")) await chmod(path, 0o755);
  }
  return root;
}

const saying = (version: string): string =>
  `#!/bin/sh\necho ${version}; echo ruby; echo x86_64-linux; echo 1\n`;

test("findRuby() finds the Ruby on PATH and says what it can do", async () => {
  const ruby = await findRuby("/", process.env);
  assert.match(ruby.path, /^\/.*ruby/);
  assert.match(ruby.version, /^\d+\.\d+\.\d+$/);
  assert.equal(ruby.engine, "ruby");
  assert.equal(ruby.otherThan, undefined);
});

test("findRuby() is not led astray by the RUBYOPT of a bundle", async () => {
  const ruby = await findRuby("/", { ...process.env, RUBYOPT: "-rnot/there" });
  assert.match(ruby.version, /^\d/);
});

test("findRuby() takes the version that .ruby-version of a folder above names", async (t) => {
  const home = await folder(t, {
    ".rbenv/versions/3.3.9/bin/ruby": saying("3.3.9"),
    "app/.ruby-version": "ruby-3.3.9\n",
    "app/web/config.ru": "",
  });
  const ruby = await findRuby(join(home, "app/web"), { ...process.env, HOME: home });
  assert.equal(ruby.path, join(home, ".rbenv/versions/3.3.9/bin/ruby"));
  assert.deepEqual([ruby.version, ruby.hasYjit], ["3.3.9", true]);
});

test("findRuby() reads .tool-versions", async (t) => {
  const home = await folder(t, {
    ".asdf/installs/ruby/3.2.1/bin/ruby": saying("3.2.1"),
    ".tool-versions": "nodejs 20.1.0\nruby 3.2.1\n",
  });
  const ruby = await findRuby(home, { ...process.env, HOME: home });
  assert.equal(ruby.version, "3.2.1");
});

test("findRuby() says so when the Ruby found is another than the app asks for", async (t) => {
  const app = await folder(t, { ".ruby-version": "9.9.9\n" });
  const ruby = await findRuby(app, process.env);
  assert.deepEqual(ruby.otherThan, { version: "9.9.9", file: join(app, ".ruby-version") });
});

test("findRuby() prefers GOSSAMER_RUBY, and says when it is not there", async (t) => {
  const app = await folder(t, { "my/ruby": saying("3.0.0") });
  const ruby = await findRuby(app, { GOSSAMER_RUBY: "my/ruby" });
  assert.equal(ruby.path, join(app, "my/ruby"));
  await assert.rejects(findRuby(app, { GOSSAMER_RUBY: "no/ruby" }), {
    name: "RubyError",
    message: "GOSSAMER_RUBY is no/ruby, and there is no such executable. Correct it or unset it.",
  });
});

test("findRuby() refuses a Ruby that is too old, broken, or no Ruby", async (t) => {
  const app = await folder(t, {
    old: saying("2.6.10"),
    broken: "#!/bin/sh\necho 'libruby.so: cannot open' >&2; exit 127\n",
    odd: "#!/bin/sh\necho hello\n",
  });
  const find = (name: string) => findRuby(app, { GOSSAMER_RUBY: `./${name}` });
  await assert.rejects(find("old"), /is 2\.6\.10; 2\.7 or newer is needed/);
  await assert.rejects(find("broken"), /does not run: libruby\.so: cannot open/);
  await assert.rejects(find("odd"), /does not answer like a Ruby: hello/);
});

test("findRuby() says what to do when there is none", async (t) => {
  const app = await folder(t, { ".ruby-version": "3.4.1" });
  await assert.rejects(
    findRuby(app, { PATH: app, HOME: app }),
    /No Ruby 3\.4\.1 \(asked for by .*\.ruby-version\) found: .* Install Ruby 2\.7 or newer/,
  );
});
