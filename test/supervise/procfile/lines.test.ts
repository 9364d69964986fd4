import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { LINE_LIMIT_BYTES, Lines } from "../../../src/supervise/procfile/lines.ts";

/** What comes of pieces, as latin1. */
function linesOf(pieces: readonly Buffer[]): readonly string[] {
  const lines = new Lines();
  const all = [...pieces.flatMap((piece) => lines.push(piece)), ...lines.rest()];
  return all.map((line) => line.toString("latin1"));
}

test("Lines gives the same lines however their bytes come in pieces", () => {
  const bytes = fc.constantFrom(0, 10, 13, 65, 255);
  fc.assert(
    fc.property(fc.array(bytes), fc.array(fc.nat(40)), (values, cuts) => {
      const whole = Buffer.from(values);
      const ends = [...cuts.sort((a, b) => a - b), whole.length];
      const pieces = ends.map((end, index) => whole.subarray(ends[index - 1] ?? 0, end));
      const expected = whole.toString("latin1").split("\n");
      if (expected.at(-1) === "") expected.pop();
      assert.deepEqual(linesOf(pieces), expected);
    }),
  );
});

test("Lines cuts a line that is longer than its limit, and loses nothing of it", () => {
  const piece = Buffer.alloc(LINE_LIMIT_BYTES / 4, "x");
  const lines = linesOf([piece, piece, piece, piece, piece, Buffer.from("\nnext")]);
  assert.deepEqual(
    lines.map(({ length }) => length),
    [LINE_LIMIT_BYTES, LINE_LIMIT_BYTES / 4, 4],
  );
});
