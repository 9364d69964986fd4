import { deepEqual, equal, match, notEqual } from "node:assert/strict";
import { randomBytes, randomUUID } from "node:crypto";
import { test } from "node:test";
import { type App, pieces, sha256, Visitor } from "../visitor.ts";
import { railsBrowserContract } from "./rails-browser.ts";
import { railsCableContract } from "./rails-cable.ts";

/** What `examples/rails` does on any server, in each of its three environments. */
export function railsContract(app: App): void {
  railsPagesContract(app);
  railsFormsContract(app);
  railsCableContract(app);
  railsBrowserContract(app);
}

function railsPagesContract(app: App): void {
  test("Rails example shows a page in its layout, with a stylesheet that exists", async () => {
    const visitor = new Visitor(app);
    const html = await visitor.read("/");
    match(html, /<title>Guestbook<\/title>/);
    const path = html.match(/rel="stylesheet" href="([^"]+-\w{8}\.css)"/)?.[1] ?? "";
    const response = await visitor.fetch(path);
    match(response.headers.get("content-type") ?? "", /^text\/css/);
    match(await response.text(), /color-scheme/);
  });

  test("Rails example answers 304 to who has the page already", async () => {
    const visitor = new Visitor(app);
    const etag = (await visitor.fetch("/up")).headers.get("etag") ?? "";
    notEqual(etag, "");
    const again = await visitor.fetch("/up", { headers: { "if-none-match": etag } });
    equal(again.status, 304);
    equal(await again.text(), "");
  });

  test("Rails example sends three events and ends", async () => {
    const response = await new Visitor(app).fetch("/events");
    match(response.headers.get("content-type") ?? "", /^text\/event-stream/);
    const data = (await response.text()).match(/^data: .*$/gm);
    deepEqual(data, ['data: {"number":1}', 'data: {"number":2}', 'data: {"number":3}']);
  });

  test("Rails example has room for others after endless listeners left", async () => {
    for (let round = 0; round < 8; round++) await listenAndLeave(app);
    match(await new Visitor(app).read("/up"), /green/);
  });

  test("Rails example answers 404 and 500 and goes on", async () => {
    const visitor = new Visitor(app);
    const statuses = [];
    for (const path of ["/none", "/boom", "/up"]) statuses.push((await visitor.fetch(path)).status);
    deepEqual(statuses, [404, 500, 200]);
  });
}

function railsFormsContract(app: App): void {
  test("Rails example keeps what somebody signed, and escapes it", async () => {
    const visitor = new Visitor(app);
    const message = `1 < 2, grüße ${randomUUID()}`;
    const response = await sign(visitor, { "entry[name]": "Ann", "entry[message]": message });
    equal(response.status, 302);
    equal(response.headers.get("location"), `${app().url}/`);
    const html = await visitor.read("/");
    match(html, /<p id="notice">Thank you, Ann\.<\/p>/);
    match(html, new RegExp(message.replace("<", "&lt;")));
    const entries = JSON.parse(await visitor.read("/entries.json"));
    equal(entries.filter((entry: { message: string }) => entry.message === message).length, 1);
  });

  test("Rails example keeps everything that is signed at once", async () => {
    const messages = Array.from({ length: 16 }, () => randomUUID());
    const signing = messages.map((message) =>
      sign(new Visitor(app), { "entry[name]": "Crowd", "entry[message]": message }),
    );
    const statuses = (await Promise.all(signing)).map(({ status }) => status);
    deepEqual(statuses, Array(16).fill(302));
    const entries = await new Visitor(app).read("/entries.json");
    deepEqual(
      messages.filter((message) => !entries.includes(message)),
      [],
    );
  });

  test("Rails example explains what is missing", async () => {
    const response = await sign(new Visitor(app), { "entry[name]": "Ann", "entry[message]": "" });
    equal(response.status, 422);
    match(await response.text(), /Message can&#39;t be blank/);
  });

  test("Rails example refuses a form without its CSRF token", async () => {
    const body = new URLSearchParams({ "entry[name]": "Eve", "entry[message]": "forged" });
    const response = await new Visitor(app).fetch("/entries", { method: "POST", body });
    equal(response.status, 422);
  });

  for (const sizeBytes of [10, 3_000_000]) {
    test(`Rails example receives an upload of ${sizeBytes} bytes whole`, async () => {
      const visitor = new Visitor(app);
      const bytes = randomBytes(sizeBytes);
      const body = new FormData();
      body.set("authenticity_token", await visitor.token("/", "/upload"));
      body.set("file", new File([bytes], "a.bin", { type: "application/x-thing" }));
      const response = await visitor.fetch("/upload", { method: "POST", body });
      const known = { name: "a.bin", type: "application/x-thing" };
      deepEqual(await response.json(), { ...known, size: sizeBytes, sha256: sha256(bytes) });
    });
  }
}

async function sign(visitor: Visitor, fields: Record<string, string>): Promise<Response> {
  const authenticity_token = await visitor.token("/", "/entries");
  const body = new URLSearchParams({ ...fields, authenticity_token });
  return visitor.fetch("/entries", { method: "POST", body });
}

/** Hears two events of an endless stream, then hangs up. */
async function listenAndLeave(app: App): Promise<void> {
  const response = await new Visitor(app).fetch("/events?forever=1");
  let heard = "";
  for await (const piece of pieces(response)) {
    heard += piece;
    if (heard.includes("id: 2")) break;
  }
  match(heard, /id: 2/);
}
