/** What `npm start` and `npm test` both need first: node modules and a build, each made only when stale. */
import { spawn } from "node:child_process";
import { existsSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const checkout = dirname(dirname(fileURLToPath(import.meta.url)));

/** A step that did not work; its message is all there is to say. */
export class StepError extends Error {
  name = "StepError";
}

/** Installs what package-lock.json says, unless npm has done so since it was written. */
export async function ensureModules() {
  const installed = join(checkout, "node_modules/.package-lock.json");
  if (writtenMs(installed) >= writtenMs(join(checkout, "package-lock.json"))) return;
  console.log("Installing node modules …");
  // Not `npm ci`: it refuses a lock made where a registry lacks other systems' optional packages.
  await run("npm", ["install", "--no-save", "--include=dev", "--loglevel=error"]);
  // npm leaves the time of an older file where nothing changed.
  utimesSync(installed, new Date(), new Date());
}

/** Compiles src/ to dist/, unless nothing in it is newer than the last build. */
export async function ensureBuild() {
  const stamp = join(checkout, "dist/.built");
  const sources = readdirSync(join(checkout, "src"), { recursive: true, withFileTypes: true });
  const newest = Math.max(
    ...["package-lock.json", "tsconfig.json"].map((name) => writtenMs(join(checkout, name))),
    // A folder's time tells of files that are gone.
    ...sources.map((entry) => writtenMs(join(entry.parentPath, entry.name))),
  );
  if (writtenMs(stamp) >= newest) return;
  console.log("Building …");
  rmSync(join(checkout, "dist"), { recursive: true, force: true });
  await run(process.execPath, [moduleFile("typescript/bin/tsc")]);
  writeFileSync(stamp, "");
}

/** A file of a package, such as the script behind its command. */
export function moduleFile(path) {
  return join(checkout, "node_modules", path);
}

/** Runs a command in the checkout with our own output; rejects when it fails. */
export async function run(command, args, options = {}) {
  const code = await exitCodeOf(command, args, options);
  if (code !== 0) throw new StepError(`${[command, ...args].join(" ")} failed with exit code ${code}.`);
}

/** Runs a command likewise; resolves with its exit code. */
export function exitCodeOf(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: checkout, stdio: "inherit", ...options });
    child.on("error", (cause) => {
      reject(new StepError(`${command} cannot be run: ${cause.message}`, { cause }));
    });
    child.on("exit", (code, signal) => resolve(signal === null ? code : 1));
  });
}

/** Runs `main` as a script: a step that failed is one line and exit 1. */
export async function script(main) {
  try {
    await main();
  } catch (error) {
    if (!["StepError", "GemsError"].includes(error?.name)) throw error;
    console.error(error.message);
    process.exit(1);
  }
}

function writtenMs(path) {
  return existsSync(path) ? statSync(path).mtimeMs : -1;
}
