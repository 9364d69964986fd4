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

/** What the file adapter answers to a request for `/a.txt`, which holds ten digits, with these fields. */
async function digits(t: TestContext) {
  const app = await folderOf(t, { "a.txt": "0123456789", "empty.txt": "" });
  const thin = await serve(t, { app, command: "thin", args: ["-A", "file"] });
  const get = async (
    headers: Readonly<Record<string, string>>,
    path = "/a.txt",
    method = "GET",
  ) => {
    const answer = await fetch(thin.url + path, { headers, method });
    return { status: answer.status, text: await answer.text(), headers: answer.headers };
  };
  const { headers } = await get({});
  const date = headers.get("last-modified") ?? "";
  const tag = headers.get("etag") ?? "";
  return { app, get, date, tag };
}

const LONG_AGO = "Thu, 01 Jan 1970 00:00:00 GMT";

test("thin -A file heeds what a client has already (RFC 9110 §13)", async (t) => {
  const { get, date, tag } = await digits(t);
  assert.match(tag, /^"[\w-]+"$/);
  const rows: readonly (readonly [Readonly<Record<string, string>>, number])[] = [
    [{ "if-modified-since": date }, 304],
    [{ "if-modified-since": LONG_AGO }, 200],
    [{ "if-modified-since": "lately" }, 200],
    [{ "if-none-match": tag }, 304],
    [{ "if-none-match": `"other", W/${tag}` }, 304],
    [{ "if-none-match": "*" }, 304],
    [{ "if-none-match": '"other"', "if-modified-since": date }, 200],
    [{ "if-match": tag }, 200],
    [{ "if-match": "*" }, 200],
    [{ "if-match": `W/${tag}` }, 412],
    [{ "if-match": '"other"' }, 412],
    [{ "if-unmodified-since": date }, 200],
    [{ "if-unmodified-since": LONG_AGO }, 412],
    [{ "if-match": tag, "if-unmodified-since": LONG_AGO }, 200],
  ];
  for (const [headers, status] of rows) {
    assert.equal((await get(headers)).status, status, JSON.stringify(headers));
    assert.equal((await get(headers, "/a.txt", "HEAD")).status, status, JSON.stringify(headers));
  }
  const known = await get({ "if-none-match": tag });
  assert.deepEqual([known.headers.get("etag"), known.headers.get("last-modified")], [tag, date]);
});

test("thin -A file gives a file another tag once it has changed within its second", async (t) => {
  const { app, get, tag } = await digits(t);
  await writeFile(join(app, "a.txt"), "9876543210");
  const changed = await get({ "if-none-match": tag });
  assert.deepEqual([changed.status, changed.text], [200, "9876543210"]);
});

test("thin -A file sends the part of a file that is asked for (RFC 9110 §14)", async (t) => {
  const { get, date, tag } = await digits(t);
  const rows: readonly (readonly [string, number, string, string | null])[] = [
    ["bytes=0-0", 206, "0", "bytes 0-0/10"],
    ["bytes=2-4", 206, "234", "bytes 2-4/10"],
    ["Bytes = 2 - 4", 206, "234", "bytes 2-4/10"],
    ["bytes=7-", 206, "789", "bytes 7-9/10"],
    ["bytes=7-99999999999999999999", 206, "789", "bytes 7-9/10"],
    ["bytes=-3", 206, "789", "bytes 7-9/10"],
    ["bytes=-30", 206, "0123456789", "bytes 0-9/10"],
    ["bytes=10-", 416, "Byte range unsatisfiable\n", "bytes */10"],
    ["bytes=-0", 416, "Byte range unsatisfiable\n", "bytes */10"],
    // What makes no sense, is of another unit, or is several parts: all of it.
    ...["bytes=4-2", "bytes=-", "bytes=a-b", "bytes=0-1,3-4", "lines=0-1", "bytes=--1", ""].map(
      (range) => [range, 200, "0123456789", null] as const,
    ),
  ];
  for (const [range, status, text, part] of rows) {
    const got = await get({ range });
    assert.deepEqual(
      [got.status, got.text, got.headers.get("content-range")],
      [status, text, part],
      range,
    );
    if (status !== 416) assert.equal(got.headers.get("accept-ranges"), "bytes");
  }
  const head = await get({ range: "bytes=2-4" }, "/a.txt", "HEAD");
  assert.deepEqual([head.status, head.headers.get("content-length")], [200, "10"]);
  assert.deepEqual((await get({ range: "bytes=0-1" }, "/empty.txt")).status, 200);
  for (const [validator, status] of [
    [tag, 206],
    [date, 206],
    [`W/${tag}`, 200],
    ['"other"', 200],
    [LONG_AGO, 200],
  ] as const) {
    const got = await get({ range: "bytes=2-4", "if-range": validator });
    assert.equal(got.status, status, validator);
  }
});

test("thin -A file sends a part of a file that is larger than any buffer", async (t) => {
  const { app, get } = await digits(t);
  const bytes = Buffer.alloc(3_000_000, "0123456789abcdef");
  await writeFile(join(app, "big.txt"), bytes);
  const { status, text } = await get({ range: "bytes=1000001-2500000" }, "/big.txt");
  assert.equal(status, 206);
  assert.ok(text === bytes.toString("latin1", 1_000_001, 2_500_001));
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
  for (const [method, status] of [
    ["POST", 405],
    ["PUT", 405],
    ["DELETE", 405],
    ["OPTIONS", 200],
  ] as const) {
    const answer = await fetch(`${thin.url}/a.txt`, { method });
    assert.deepEqual([answer.status, answer.headers.get("allow")], [status, "GET, HEAD, OPTIONS"]);
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
