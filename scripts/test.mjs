#!/usr/bin/env node
/**
 * `npm test` installs what the tests need, gems too, builds, runs every check and then all tests.
 * `npm test -- pattern…` runs the test files whose path contains one of the patterns, without the checks.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { installGems } from "./gems.mjs";
import { checkout, ensureBuild, ensureModules, exitCodeOf, moduleFile, run, StepError, script } from "./steps.mjs";

const CHECKS = [
  ["Types", "typescript/bin/tsc", "-p", "tsconfig.check.json"],
  ["Style", "@biomejs/biome/bin/biome", "check"],
  ["Unused code", "knip/bin/knip.js"],
  ["Package", "publint/src/cli.js"],
];

await script(async () => {
  const patterns = process.argv.slice(2);
  const files = testFiles(patterns);
  await ensureModules();
  await ensureBuild();
  if (patterns.length === 0) await check();
  await installGems([], (text) => process.stdout.write(text));
  process.exit(await test(files));
});

function testFiles(patterns) {
  const all = readdirSync(join(checkout, "test"), { recursive: true })
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => join("test", name))
    .sort();
  const chosen = all.filter((name) => patterns.length === 0 || patterns.some((one) => name.includes(one)));
  if (chosen.length === 0) throw new StepError(`No test file matches ${patterns.join(" or ")}.`);
  return chosen;
}

async function check() {
  for (const [what, file, ...args] of CHECKS) {
    console.log(`${what} …`);
    await run(process.execPath, [moduleFile(file), ...args]);
  }
}

/** The exit code of the test run; with CI=true a test that was skipped is a failure. */
async function test(files) {
  const skipped = join(checkout, ".cache/skipped-tests");
  mkdirSync(join(checkout, ".cache"), { recursive: true });
  const code = await exitCodeOf(process.execPath, [
    "--import=tsx",
    "--test",
    // A test that waits for ever ends all the same.
    "--test-timeout=300000",
    // Most tests wait for processes rather than compute; one file at a time would leave the machine idle.
    "--test-concurrency=2",
    "--test-reporter=spec",
    "--test-reporter-destination=stdout",
    `--test-reporter=${pathToFileURL(join(checkout, "scripts/test/skipped.mjs"))}`,
    `--test-reporter-destination=${skipped}`,
    ...files,
  ]);
  if (code !== 0 || process.env.CI !== "true") return code;
  const names = existsSync(skipped) ? readFileSync(skipped, "utf8") : "";
  if (names === "") return code;
  console.error(`Skipped tests are failures where CI=true:\n${names}`);
  return 1;
}
