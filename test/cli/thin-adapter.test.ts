import assert from "node:assert/strict";
import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { RawClient } from "../harness/http.ts";
import { appFolder, type RunningServer, serve, start } from "../harness/server.ts";

/** A folder with these files, and no config.ru among them. */
async function folderOf(t: TestContext, files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await appFolder(t, "");
  await rm(join(folder, "config.ru"));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return folder;
}

/** Asks for a path as it is written, which `fetch` would tidy up. */
async function raw(t: TestContext, { port }: RunningServer, path: string) {
  const client = await RawClient.open(t, { port });
  client.get(path);
  const { status, text } = await client.read();
  client.socket.destroy();
  return [status, text];
}

test("thin -A file serves the files of the folder, with their types", async (t) => {
  const app = await folderOf(t, { "a.css": "p {}", "sub/b c.html": "<p>", LICENSE: "Free." });
  const thin = await serve(t, { app, command: "thin", args: ["-A", "file"] });
  await thin.waitForLine(/Using file adapter/);
  const wanted = [
    ["/a.css", "text/css", "p {}"],
    ["/sub/b%20c.html", "text/html", "<p>"],
    ["/LICENSE?x=1", "text/plain", "Free."],
  ] as const;
  for (const [path, type, text] of wanted) {
    const answer = await fetch(thin.url + path);
    assert.deepEqual(
      [answer.status, answer.headers.get("content-type"), await answer.text()],
      [200, type, text],
    );
  }
  const head = await fetch(`${thin.url}/a.css`, { method: "HEAD" });
  assert.deepEqual([head.status, head.headers.get("content-length")], [200, "4"]);
});

test("thin -A file answers 304 to who has the file as it is, and 200 to who has an older one", async (t) => {
  const app = await folderOf(t, { "a.txt": "a" });
  const thin = await serve(t, { app, command: "thin", args: ["-A", "file"] });
  const since = async (date: string): Promise<number> =>
    (await fetch(`${thin.url}/a.txt`, { headers: { "if-modified-since": date } })).status;
  const date = (await fetch(`${thin.url}/a.txt`)).headers.get("last-modified") ?? "";
  assert.deepEqual(
    [await since(date), await since("Thu, 01 Jan 1970 00:00:00 GMT"), await since("lately")],
    [304, 200, 200],
  );
});

test("thin -A file serves nothing from outside of the folder, and lists nothing", async (t) => {
  const folder = await folderOf(t, {
    "secret.txt": "secret",
    "in/a.txt": "a",
    "in/sub/b.txt": "b",
    "in/.env": "SECRET=1",
    "in/.git/config": "secret",
    "in/.well-known/security.txt": "w",
  });
  const app = join(folder, "in");
  await symlink(join(folder, "secret.txt"), join(app, "link.txt"));
  await symlink(folder, join(app, "up"));
  await symlink("/", join(app, "top"));
  await symlink("a.txt", join(app, "fine.txt"));
  await symlink("loop", join(app, "loop"));
  // Begins as the folder is called, and is another one.
  await mkdir(`${app}side`);
  await writeFile(join(`${app}side`, "c.txt"), "c");
  const thin = await serve(t, { app, command: "thin", args: ["-A", "file"] });
  const nowhere = [
    ...[
      "/",
      "/sub",
      "/sub/",
      "/none.txt",
      "/a.txt/",
      "/a.txt/b",
      "/link.txt",
      "/up/secret.txt",
      "/top",
      "/top/proc/version",
    ],
    ...["/../secret.txt", "/%2e%2e/secret.txt", "/..%2Fsecret.txt", "/sub/..%2f../secret.txt"],
    ...["/.env", "/%2eenv", "/.git/config", "/sub/../.env"],
    ...["/../inside/c.txt", "/a.txt%00", "/loop", `/${"x".repeat(300)}`, "/%", "/%ff"],
  ];
  for (const path of nowhere) {
    assert.deepEqual(await raw(t, thin, path), [404, `File not found: ${path}\n`]);
  }
  assert.deepEqual(await raw(t, thin, "/fine.txt"), [200, "a"]);
  assert.deepEqual(await raw(t, thin, "/.well-known/security.txt"), [200, "w"]);
  assert.deepEqual(await raw(t, thin, "/sub/%2e%2e/a.txt"), [200, "a"]);
});

test("thin -A file refuses methods that would change a file", async (t) => {
  const app = await folderOf(t, { "a.txt": "a" });
  const thin = await serve(t, { app, command: "thin", args: ["-A", "file"] });
  for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
    const answer = await fetch(`${thin.url}/a.txt`, { method });
    assert.deepEqual([answer.status, answer.headers.get("allow")], [405, "GET, HEAD"]);
  }
});

test("thin -A file needs none of the gems of a Gemfile", async (t) => {
  const app = await folderOf(t, { Gemfile: 'gem "no-such-gem"', "a.txt": "a" });
  const thin = await serve(t, { app, command: "thin", args: ["-A", "file"] });
  assert.deepEqual(await raw(t, thin, "/a.txt"), [200, "a"]);
});

const SAYS_ENV = '->(_) { [200, {}, ["#{self.class} #{ENV["RACK_ENV"]} #{ENV["RAILS_ENV"]}"]] }';
/** What of Rails the adapter needs: who has made the app. */
const ENVIRONMENT = `module Rails; def self.application = ${SAYS_ENV}; end`;

test("thin takes config/environment.rb for a Rails app where there is no config.ru", async (t) => {
  const app = await folderOf(t, { "config/environment.rb": ENVIRONMENT });
  const thin = await serve(t, { app, command: "thin", args: ["-e", "staging"] });
  await thin.waitForLine(/Using rails adapter/);
  assert.deepEqual(await raw(t, thin, "/"), [200, "Module staging staging"]);
});

test("thin takes config.ru first, and -A rails takes it with RAILS_ENV", async (t) => {
  const app = await folderOf(t, {
    "config/environment.rb": "raise 'never'",
    "config.ru": `run ${SAYS_ENV}`,
  });
  const guessed = await serve(t, { app, command: "thin", args: ["-e", "staging"] });
  await guessed.waitForLine(/Using rack adapter/);
  assert.match(String((await raw(t, guessed, "/"))[1]), / staging $/);
  const named = await serve(t, { app, command: "thin", args: ["-e", "staging", "-A", "rails"] });
  await named.waitForLine(/Using rails adapter/);
  assert.match(String((await raw(t, named, "/"))[1]), / staging staging$/);
});

test("thin -A rails says what is missing, and that an app does not load", async (t) => {
  const empty = await folderOf(t, {});
  const bare = start(t, { app: empty, command: "thin", args: ["-A", "rails"] });
  assert.equal((await bare.exited).code, 1);
  const file = `${empty}/config/environment.rb`;
  assert.equal(
    bare.stderr(),
    `${file} is not there. Name the file that makes the app: --rackup FILE.\n`,
  );
  const app = await folderOf(t, { "config/environment.rb": "raise 'No luck'" });
  const broken = start(t, { app, command: "thin" });
  assert.equal((await broken.exited).code, 1);
  assert.equal(
    broken.stderr(),
    `The app did not load: No luck (RuntimeError) at ${app}/config/environment.rb:1\n`,
  );
});

test("gossamer serve --adapter file serves a folder, and other names are refused", async (t) => {
  const app = await folderOf(t, { "a.txt": "a" });
  const server = await serve(t, { app, args: ["--adapter", "file", "--prefix", "/pub"] });
  assert.deepEqual(await raw(t, server, "/pub/a.txt"), [200, "a"]);
  assert.deepEqual(await raw(t, server, "/a.txt"), [404, "Not Found: /a.txt"]);
  const wrong = start(t, { app, args: ["--adapter", "merb"] });
  assert.equal((await wrong.exited).code, 2);
  assert.match(wrong.stderr(), /^gossamer: --adapter: expected rack or rails or file, got "merb"/);
});
