import { deepEqual, equal, match, ok } from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { type App, pieces, sha256, Visitor } from "../visitor.ts";

/** What `examples/sinatra` does on any server. */
export function sinatraContract(app: App): void {
  test("Sinatra example counts the visits of each session", async () => {
    const [ann, bob] = [new Visitor(app), new Visitor(app)];
    const seen = [];
    for (const visitor of [ann, ann, bob, ann]) seen.push(visits(await visitor.read("/")));
    deepEqual(seen, [1, 2, 1, 3]);
  });

  test("Sinatra example takes a form and escapes what it says", async () => {
    const visitor = new Visitor(app);
    const token = await visitor.token("/", "/postcards");
    const fields = { authenticity_token: token, to: "Zoë & Äl", text: "1 < 2" };
    const body = new URLSearchParams(fields);
    const response = await visitor.fetch("/postcards", { method: "POST", body });
    equal(response.status, 200);
    const html = await response.text();
    match(html, /<b id="to">Zoë &amp; Äl<\/b>/);
    match(html, /<q id="text">1 &lt; 2<\/q>/);
  });

  test("Sinatra example refuses a form without its token", async () => {
    const body = new URLSearchParams({ to: "you", text: "hi" });
    const response = await new Visitor(app).fetch("/postcards", { method: "POST", body });
    equal(response.status, 403);
  });

  for (const sizeBytes of [0, 1, 5_000, 3_000_000]) {
    test(`Sinatra example receives an upload of ${sizeBytes} bytes whole`, async () => {
      const visitor = new Visitor(app);
      const bytes = randomBytes(sizeBytes);
      const body = new FormData();
      body.set("authenticity_token", await visitor.token("/", "/upload"));
      body.set("file", new File([bytes], "ünï.bin"));
      const response = await visitor.fetch("/upload", { method: "POST", body });
      const expected = { name: "ünï.bin", size: sizeBytes, sha256: sha256(bytes) };
      deepEqual(await response.json(), expected);
    });
  }

  test("Sinatra example serves a file", async () => {
    const response = await new Visitor(app).fetch("/style.css");
    match(response.headers.get("content-type") ?? "", /^text\/css/);
    const css = await response.text();
    equal(Number(response.headers.get("content-length")), Buffer.byteLength(css));
    match(css, /^:root/);
  });

  test("Sinatra example sends a stream's first line long before its last", async () => {
    const response = await new Visitor(app).fetch("/stream");
    const arrived = [];
    for await (const piece of pieces(response)) arrived.push(piece);
    equal(arrived.join(""), "line 1\nline 2\nline 3\nline 4\nline 5\n");
    ok(!arrived[0]?.includes("line 5"), "the first piece comes before the last line");
  });

  test("Sinatra example sends three events and ends", async () => {
    const response = await new Visitor(app).fetch("/events");
    match(response.headers.get("content-type") ?? "", /^text\/event-stream/);
    const ids = (await response.text()).match(/^id: \d$/gm);
    deepEqual(ids, ["id: 1", "id: 2", "id: 3"]);
  });

  test("Sinatra example has room for others after many endless listeners left", async () => {
    for (let round = 0; round < 3; round++) await Promise.all(times(5, () => listenAndLeave(app)));
    const answers = await Promise.all(times(5, () => new Visitor(app).read("/json")));
    deepEqual(
      answers,
      times(5, () => '{"message":"Hello World"}'),
    );
  });

  test("Sinatra example answers 500 to an exception and goes on", async () => {
    const visitor = new Visitor(app);
    const response = await visitor.fetch("/boom");
    equal(response.status, 500);
    await response.text();
    equal(await visitor.read("/json"), '{"message":"Hello World"}');
  });
}

const visits = (html: string) => Number(html.match(/id="visits">(\d+)/)?.[1]);

const times = <T>(count: number, make: () => T) => Array.from({ length: count }, make);

/** Hears three events of an endless stream, then hangs up. */
async function listenAndLeave(app: App): Promise<void> {
  const response = await new Visitor(app).fetch("/events?forever=1");
  let heard = "";
  for await (const piece of pieces(response)) {
    heard += piece;
    if (heard.includes("id: 3")) break;
  }
  match(heard, /id: 3/);
}
