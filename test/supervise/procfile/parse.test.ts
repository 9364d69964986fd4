import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ProcfileError, parseEnvFile, parseProcfile } from "../../../src/supervise/index.ts";
import { askForeman } from "./foreman.ts";

const RUNS = 400;

/** Pairs of type and command; none where there is no process. */
function pairsOf(text: string): readonly (readonly [string, string])[] {
  try {
    return parseProcfile(text, "Procfile").entries.map(({ type, command }) => [type, command]);
  } catch (error) {
    assert.ok(error instanceof ProcfileError);
    assert.match(error.message, /no processes defined/);
    return [];
  }
}

test("parseProcfile() reads what foreman reads", () => {
  const texts = fc.sample(
    fc
      .array(
        fc.tuple(
          fc.constantFrom("", " ", "#", "\t", "-"),
          fc.constantFrom("web", "a.b", "x-y_2", "", "wörk"),
          fc.constantFrom(":", ": ", ":\t", " :", "", ":  "),
          fc.constantFrom("rackup -p $PORT", "", "a: b", "# c", "echo 'x'  ", "\u00a0x", "x\ry"),
          fc.constantFrom("\n", "\r\n", "\n\n"),
        ),
        { maxLength: 4 },
      )
      .map((lines) =>
        lines.map((parts, index) =>
          parts.join("").replace("web", `web${index}`).replace(/^-/, `-${index}`),
        ),
      )
      .map((lines) => lines.map((line, index) => line.replace("x-y_2", `x-y_${index}`)).join("")),
    RUNS,
  );
  const said = askForeman({ procfiles: texts }).procfiles;
  for (const [index, text] of texts.entries()) {
    // A line with blanks for a command is none here.
    const theirs = said[index]?.filter(([, command]) => command.trim() !== "");
    assert.deepEqual(pairsOf(text), theirs, JSON.stringify(text));
  }
});

test("parseEnvFile() reads what foreman reads", () => {
  const texts = fc.sample(
    fc
      .array(
        fc.tuple(
          fc.constantFrom("", " ", "export ", "#"),
          fc.constantFrom("A", "B_1", "c", "2D", "a.b", ""),
          fc.constantFrom("=", " = ", ": ", "=="),
          fc.constantFrom(
            ...[
              "x",
              "",
              "'raw \\n $A'",
              '"a\\nb\\"c\\\\"',
              "x # y ",
              "'a",
              '"',
              "''",
              "a'b'",
              "\r",
            ],
          ),
          fc.constantFrom("\n", "\r\n"),
        ),
        { maxLength: 5 },
      )
      .map((lines) => lines.map((parts) => parts.join("")).join("")),
    RUNS,
  );
  const said = askForeman({ envs: texts }).envs;
  for (const [index, text] of texts.entries()) {
    assert.deepEqual({ ...parseEnvFile(text) }, said[index], JSON.stringify(text));
  }
});

test("parseProcfile() says which line is there twice, and which are none", () => {
  assert.throws(() => parseProcfile("web: a\n\nweb: b\n", "Procfile"), {
    message: "Procfile:3: web is there already, in line 1. Give one of the two another name.",
  });
  assert.throws(() => parseProcfile("# nothing\n", "Procfile.dev"), {
    message: /^Procfile\.dev: no processes defined\. Write a line/,
  });
  const { ignored } = parseProcfile("# c\r\n  \r\nweb: a\r\na.b: x\r\nx:\r\n web: y\r\n", "P");
  assert.deepEqual(
    ignored.map(({ line }) => line),
    [4, 5, 6],
  );
});
