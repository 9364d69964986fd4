import assert from "node:assert/strict";
import { test } from "node:test";
import { headText } from "../../src/rack/env.ts";
import { request } from "./harness.ts";

/** The CGI keys and values of a head, but for the codes of known names. */
function headersOf(fields: readonly string[]): string[] {
  return headText(request("/", { fields })).split("\0").slice(9);
}

test("headText() joins a repeated header by commas, and cookies by semicolons", () => {
  const [, , list, values] = headersOf(["host", "a", "x-list", "1", "x-list", "2"]);
  assert.deepEqual([list, values], ["HTTP_X_LIST", "1, 2"]);
  assert.ok(headersOf(["cookie", "a=1", "cookie", "b=2"]).includes("a=1; b=2"));
});

test("headText() drops an underscored header that would pass for a dashed one, and keeps others", () => {
  const fields = ["x_user", "mallory", "x-user", "alice", "other_name", "kept"];
  assert.deepEqual(headersOf(fields), ["HTTP_X_USER", "alice", "HTTP_OTHER_NAME", "kept"]);
  assert.deepEqual(headersOf(["content_length", "7", "transfer_encoding", "chunked"]), []);
});

test("headText() joins repeats however many names have been seen before", () => {
  for (let n = 0; n < 3_000; n++) headersOf([`x-flood-${n}`, "1"]);
  const late = ["x-late", "1", "x-late", "2"];
  assert.deepEqual(headersOf(late), ["HTTP_X_LATE", "1, 2"]);
});

test("headText() has a server name and a port, whatever Host leaves out", () => {
  const serverOf = (authority: string): string[] =>
    headText(request("/", { authority })).split("\0").slice(6, 8);
  assert.deepEqual(serverOf("a"), ["a", "80"]);
  assert.deepEqual(serverOf("a:"), ["a", "80"]);
  assert.deepEqual(serverOf(":81"), ["localhost", "81"]);
  assert.deepEqual(serverOf(":"), ["localhost", "80"]);
  assert.deepEqual(serverOf(""), ["localhost", "9292"]);
  assert.deepEqual(serverOf("[::1]"), ["[::1]", "80"]);
});
