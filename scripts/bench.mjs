// `npm run bench` on a fresh clone: brings what the benchmark needs, then runs bench/main.ts.
// Gems are brought by the benchmark itself, since they depend on the servers asked for.

import { spawn, spawnSync } from "node:child_process";
import { checkout, ensureBuild, ensureModules, script } from "./steps.mjs";

const PACKAGES = {
  wrk: "wrk",
  h2load: "nghttp2-client",
  ruby: "ruby-dev build-essential",
  bundle: "ruby-bundler",
};

await script(async () => {
  if (!hasTools()) process.exit(1);
  await ensureModules();
  await ensureBuild();
  process.exitCode = await benchmark();
});

function hasTools() {
  const missing = Object.keys(PACKAGES).filter((tool) => spawnSync(tool, ["--version"]).error);
  if (missing.length === 0) return true;
  const packages = missing.map((tool) => PACKAGES[tool]).join(" ");
  process.stderr.write(`bench: ${missing.join(", ")} not found: apt-get install ${packages}\n`);
  return false;
}

/** The benchmark stops its servers itself when interrupted, so this process waits for it. */
async function benchmark() {
  const argv = ["--import", "tsx", "bench/main.ts", ...process.argv.slice(2)];
  const child = spawn(process.execPath, argv, { cwd: checkout, stdio: "inherit" });
  process.on("SIGINT", () => {}); // the terminal sends it to the child too
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  return await new Promise((resolve, reject) => {
    child.once("error", reject).once("close", (code) => resolve(code ?? 1));
  });
}
