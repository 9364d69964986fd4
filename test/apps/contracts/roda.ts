import { deepEqual, equal, match } from "node:assert/strict";
import { test } from "node:test";
import { type App, Visitor } from "../visitor.ts";

/** What `examples/roda` does on any server. */
export function rodaContract(app: App): void {
  const visitor = new Visitor(app);

  test("Roda example answers along its tree", async () => {
    match(await visitor.read("/"), /^A library/);
    equal(await visitor.read("/books/2/title"), "Middlemarch");
    const walden = { id: 1, title: "Walden", author: "Henry David Thoreau", year: 1854 };
    deepEqual(JSON.parse(await visitor.read("/books/1")), walden);
    equal(JSON.parse(await visitor.read("/books")).length, 2);
  });

  test("Roda example answers 404 in JSON off the tree", async () => {
    for (const path of ["/books/3", "/books/1/pages", "/none"]) {
      const response = await visitor.fetch(path);
      equal(response.status, 404);
      deepEqual(await response.json(), { error: "not found" });
    }
  });

  test("Roda example reads a JSON body and a header", async () => {
    const response = await post({ title: "Emma — ĕ" }, { "x-librarian": "Ann" });
    equal(response.status, 201);
    deepEqual(await response.json(), { title: "Emma — ĕ", by: "Ann" });
  });

  test("Roda example refuses JSON that it cannot use", async () => {
    equal((await post({ titel: "Emma" })).status, 422);
  });

  test("Roda example streams ten thousand lines", async () => {
    const lines = (await visitor.read("/stream?lines=10000")).trimEnd().split("\n");
    deepEqual([lines.length, lines[0], lines.at(-1)], [10_000, "line 1", "line 10000"]);
  });

  const post = (data: object, headers: Record<string, string> = {}) =>
    visitor.fetch("/books", {
      method: "POST",
      headers: { ...headers, "content-type": "application/json" },
      body: JSON.stringify(data),
    });
}
