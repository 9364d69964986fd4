#!/usr/bin/env node
/**
 * `npm start` installs, builds and serves examples/hello.
 * `npm start -- PATH [options]` serves the app in PATH; the options are those of `gossamer serve`.
 */
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { checkout, ensureBuild, ensureModules, exitCodeOf, StepError, script } from "./steps.mjs";

const FIRST_PORT = 3000;
/** Options that say where to listen, or name the file that may. */
const LISTENING = /^(-[lpSC]|--(li|po|so|con)[a-z]*(=|$))/;

await script(async () => {
  const { app, options } = commandLine(process.argv.slice(2));
  if (!existsSync(app)) throw new StepError(`${app} is not there. Name the folder of a Rack app.`);
  await ensureModules();
  await ensureBuild();
  Object.assign(process.env, await gemsOf(app));
  const { main } = await import("../bin/main.mjs");
  await main("gossamer", ["serve", app, ...(await somewhere(app, options)), ...options]);
});

function commandLine(words) {
  const [first, ...rest] = words;
  if (first === undefined || first.startsWith("-")) {
    return { app: join(checkout, "examples/hello"), options: words };
  }
  return { app: resolve(first), options: rest };
}

/** The environment in which the app finds its gems: as it is, or with what we installed into .gems/. */
async function gemsOf(app) {
  const gemfile = join(app, "Gemfile");
  if (!existsSync(gemfile) || (await hasItsGems(app))) return {};
  const { gemEnvironment, installGems } = await import("./gems.mjs");
  await installGems([app], (text) => process.stdout.write(text));
  return gemEnvironment(gemfile);
}

/** Apps of this checkout use .gems/ in any case, so that one place holds them all. */
async function hasItsGems(app) {
  if (app.startsWith(join(checkout, "/"))) return false;
  return (await exitCodeOf("bundle", ["check"], { cwd: app, stdio: "ignore" })) === 0;
}

/** Port 3000, or the next free one, unless it is said where. */
async function somewhere(app, options) {
  if (options.some((option) => LISTENING.test(option)) || (await isSaidIn(app))) return [];
  for (let port = FIRST_PORT; port < FIRST_PORT + 100; port++) {
    if (!(await isFree(port))) continue;
    if (port !== FIRST_PORT) console.log(`Port ${FIRST_PORT} is taken: using ${port}.`);
    return ["--port", String(port)];
  }
  throw new StepError(`No port from ${FIRST_PORT} on is free. Name one: npm start -- --port PORT.`);
}

/** Whether a variable, or the app's gossamer.yml, says where to listen: a port of ours would silence it. */
async function isSaidIn(app) {
  const { fromEnvironment, fromFile } = await import("../dist/config/index.js");
  try {
    const said = [fromEnvironment(process.env), await fromFile(app, process.env.GOSSAMER_CONFIG)];
    return said.some((one) => "listen" in one || "port" in one || "socket" in one);
  } catch {
    return true; // What is wrong with them the server says.
  }
}

function isFree(port) {
  return new Promise((answer) => {
    const probe = createServer();
    probe.once("error", () => answer(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => answer(true)));
  });
}
