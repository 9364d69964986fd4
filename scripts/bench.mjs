// `npm run bench` on a fresh clone: brings what the benchmark needs, then runs bench/main.ts.
// Gems are brought by the benchmark itself, since they depend on the servers asked for.

import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "..");
const PACKAGES = {
  wrk: "wrk",
  h2load: "nghttp2-client",
  ruby: "ruby-dev build-essential",
  bundle: "ruby-bundler",
};

process.exitCode = (await prepared()) ? await benchmark() : 1;

async function prepared() {
  const missing = Object.keys(PACKAGES).filter((tool) => spawnSync(tool, ["--version"]).error);
  if (missing.length > 0) {
    const packages = missing.map((tool) => PACKAGES[tool]).join(" ");
    process.stderr.write(`bench: ${missing.join(", ")} not found: apt-get install ${packages}\n`);
    return false;
  }
  const hasModules = existsSync(resolve(ROOT, "node_modules"));
  return (hasModules || (await ran("npm", ["ci"])) === 0) && (await ran("npx", ["tsc"])) === 0;
}

/** The benchmark stops its servers itself when interrupted, so this process waits for it. */
async function benchmark() {
  const child = start(process.execPath, ["--import", "tsx", "bench/main.ts", ...process.argv.slice(2)]);
  process.on("SIGINT", () => {}); // the terminal sends it to the child too
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  return await ended(child);
}

async function ran(command, args) {
  return await ended(start(command, args));
}

function start(command, args) {
  return spawn(command, args, { cwd: ROOT, stdio: "inherit" });
}

async function ended(child) {
  return await new Promise((resolve, reject) => {
    child.once("error", reject).once("close", (code) => resolve(code ?? 1));
  });
}
