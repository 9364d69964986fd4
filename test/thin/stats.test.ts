import assert from "node:assert/strict";
import { test } from "node:test";
import { bothSides, type Side } from "./side.ts";

const HI = 'run ->(_) { [200, { "content-type" => "text/plain" }, ["hi"]] }';

/** The cells of the page's tables, names and values alternating, without the marks around them. */
function cellsOf(html: string): readonly string[] {
  return html
    .split(/<t[dh][^>]*>/)
    .slice(1)
    .map(
      (cell) =>
        cell
          .replace(/<[^>]*>/g, "")
          .trim()
          .split("\n")[0] ?? "",
    );
}

/** The cell after the first one that says `name`. */
function cellAfter(html: string, name: string): string | undefined {
  const cells = cellsOf(html);
  return cells[cells.indexOf(name) + 1];
}

/** What both pages tell, without what is different each time. */
async function seen(side: Side) {
  const running = side.start("start", "-S", side.socket, "--stats", "/st");
  await side.answer("/st");
  await side.answer("/one?a=1");
  await side.answer("/two?b=%3Cb%3E");
  const { status, text } = await side.answer("/st");
  const below = await side.answer("/st/below");
  const alike = await side.answer("/stuff");
  running.signal("SIGINT");
  await running.exited;
  return {
    status,
    title: /<title>(.*?)<\/title>/.exec(text)?.[1],
    heading: /<h1>(.*?)<\/h1>/.exec(text)?.[1],
    server: /<h2>(thin 2\.0\.1 codename Thinception)/.exec(text)?.[1],
    uptime: /^\d+\.\d+ sec$/.test(cellAfter(text, "Uptime") ?? ""),
    pid: cellAfter(text, "PID") === String(running.pid),
    counters: ["Requests", "Finished", "Errors"].map((name) => cellAfter(text, name)),
    last: /^\d+\.\d+(e-\d+)? sec$/.test(cellAfter(text, "Last request") ?? ""),
    path: cellAfter(text, "PATH_INFO"),
    parameter: cellAfter(text, "b")?.replaceAll("&quot;", ""),
    below: cellAfter(below.text, "Requests"),
    alike: alike.text === "hi" ? "the app" : "the page",
  };
}

test("thin check 46: --stats shows what Thin's page shows, and leaves paths that merely begin alike to the app", async (t) => {
  const [thin, ours] = await Promise.all((await bothSides(t, HI)).map(seen));
  assert.ok(thin && ours);
  assert.deepEqual(thin.counters, ["2", "2", "0"]);
  assert.equal(thin.parameter, "&lt;b&gt;");
  assert.equal(thin.alike, "the page");
  assert.deepEqual(ours, { ...thin, alike: "the app" });
});
