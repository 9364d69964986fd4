import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { test } from "node:test";
import { renderErb } from "../../src/ruby/index.ts";

const directory = tmpdir();

function render(text: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
  return renderErb({ text, file: "a/f.yml", directory }, { ...process.env, ...env });
}

test("renderErb() renders as Ruby's ERB does, in UTF-8 whatever the locale", async () => {
  const text = "é <% 2.times do |n| %>\n<%= n %> ü<% end %> <%% <%# none %>";
  assert.equal(await render(text, { LANG: "C", LC_ALL: "C" }), "é \n0 ü\n1 ü <% ");
  assert.equal(await render("<%= __FILE__ %>"), "a/f.yml");
});

test("renderErb() has at hand what Thin had, and the environment", async () => {
  assert.match(await render("<%= Etc.nprocessors %>"), /^\d+$/);
  assert.equal(await render('<%= ENV["WORD"] %>', { WORD: "a\nb" }), "a\nb");
});

const FAILURES: readonly (readonly [text: string, message: string])[] = [
  ["\n<%= raise 'a\nb' %>", "a/f.yml:2: the ERB fails: a (RuntimeError). Correct it."],
  [
    "\n\n<% def a; raise 'no' end; a %>",
    "a/f.yml:3: the ERB fails: no (RuntimeError). Correct it.",
  ],
  ["<% abort %>", "a/f.yml:1: the ERB fails: it calls exit. Correct it."],
];

for (const [text, message] of FAILURES) {
  test(`renderErb() says what fails, and where: ${JSON.stringify(text)}`, async () => {
    await assert.rejects(render(text), { name: "ErbError", message });
  });
}

const ENDINGS: readonly (readonly [text: string, reason: string])[] = [
  ["<% exit! 0 %>", "exit 0"],
  ["<% exit! 3 %>", "exit 3"],
  ["<% Process.kill :KILL, $$ %>", "SIGKILL"],
];

for (const [text, reason] of ENDINGS) {
  test(`renderErb() says that its Ruby is gone: ${text}`, async () => {
    await assert.rejects(render(text), ({ name, message }) => {
      assert.equal(name, "ErbError");
      const what = `ended \\(${reason}\\) before it had rendered the ERB\\.`;
      assert.match(message, new RegExp(`^a/f\\.yml: the Ruby at \\S+ ${what}`));
      return true;
    });
  });
}

test("renderErb() survives a Ruby that reads nothing of a long template", async () => {
  await assert.rejects(render("x".repeat(1 << 20), { RUBYOPT: "--bogus" }), { name: "ErbError" });
});
