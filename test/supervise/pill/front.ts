import { PillHost } from "../../../src/supervise/index.ts";

/** A front that keeps a pill until it dies: it says the pid of its Ruby. */
const [path = "", cwd = ""] = process.argv.slice(2);
const host = await PillHost.open(
  path,
  { cwd, env: process.env, stdio: ["ignore", "ignore", "inherit"] },
  { said: () => {}, lost: () => {}, found: () => {} },
);
process.stdout.write(`${host.pid}\n`);
