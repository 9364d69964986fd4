import { deepEqual, equal, match } from "node:assert/strict";
import { test } from "node:test";
import { browserTest } from "../browser.ts";
import { type App, Visitor } from "../visitor.ts";

/** What `examples/hello` does on any server. */
export function helloContract(app: App): void {
  const visitor = new Visitor(app);

  test("Hello example answers /plain with twelve bytes", async () => {
    const response = await visitor.fetch("/plain");
    equal(response.status, 200);
    equal(response.headers.get("content-type"), "text/plain");
    equal(response.headers.get("content-length"), "12");
    equal(await response.text(), "Hello World\n");
  });

  test("Hello example answers HEAD with the length and no body", async () => {
    const response = await visitor.fetch("/plain", { method: "HEAD" });
    equal(response.headers.get("content-length"), "12");
    equal(await response.text(), "");
  });

  test("Hello example shows the request's env, escaped", async () => {
    const response = await visitor.fetch("/?a=1", { headers: { "x-probe": "<script>&" } });
    equal(response.headers.get("content-type"), "text/html; charset=utf-8");
    const html = await response.text();
    equal(Number(response.headers.get("content-length")), Buffer.byteLength(html));
    match(html, /HTTP_X_PROBE<\/th><td>&lt;script&gt;&amp;<\/td>/);
    match(html, /QUERY_STRING<\/th><td>a=1<\/td>/);
  });

  test("Hello example knows no other path and leads to no other file", async () => {
    const paths = [
      "/nothing",
      "/manual/LICENSE",
      "/manual/%2e%2e/LICENSE",
      "/manual/docs%2f..%2fLICENSE",
    ];
    const answers = await Promise.all(paths.map((path) => visitor.fetch(path)));
    deepEqual(
      answers.map(({ status }) => status),
      paths.map(() => 404),
    );
  });

  browserTest("Hello example is a page in a browser, wide and narrow", async (page) => {
    await page.goto(`${app().url}/?from=browser`);
    equal(await page.locator("h1").textContent(), "It runs.");
    match((await page.locator("[data-fact=process]").textContent()) ?? "", /^\d+$/);
    match((await page.locator("table").first().textContent()) ?? "", /from=browser/);
    await page.setViewportSize({ width: 320, height: 640 });
    const widthPx = await page.evaluate("document.documentElement.scrollWidth");
    equal(widthPx, 320);
  });
}
