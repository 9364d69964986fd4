/** Bundler as a child process, told by its environment alone where gems, settings and caches go. */
import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename, dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const checkout = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const gems = join(checkout, ".gems");

/** What went wrong, on what, and what to do about it, in one line. */
export class GemsError extends Error {
  name = "GemsError";
}

/** The environment in which a child process finds the gems of `gemfile`: ours and our settings. */
export function gemEnvironment(gemfile) {
  const shelf = shelfOf(gemfile);
  return {
    ...process.env,
    BUNDLE_GEMFILE: resolve(gemfile),
    BUNDLE_PATH: join(gems, shelf),
    BUNDLE_APP_CONFIG: join(gems, "config"),
    BUNDLE_USER_CACHE: join(gems, "cache", shelf),
    BUNDLE_DEPLOYMENT: "false",
    BUNDLE_FROZEN: "false",
    BUNDLE_SILENCE_ROOT_WARNING: "1",
  };
}

/** What `bundle exec` finds by name is to be ours, unless a peer is asked for: its commands are in a place of their own. */
export function shelfOf(gemfile) {
  return basename(dirname(dirname(resolve(gemfile)))) === "peers" ? "peers" : "bundle";
}

/** Runs bundler; resolves with its exit status and all that it said. */
export function bundle(args, gemfile) {
  const jobs = String(availableParallelism());
  const env = { MAKEFLAGS: `-j${jobs}`, BUNDLE_JOBS: jobs, ...gemEnvironment(gemfile) };
  mkdirSync(gems, { recursive: true });
  const lock = join(gems, `${shelfOf(gemfile)}.lock`);
  return ruby(["-e", lockedBundler, lock, ...args], { env, cwd: dirname(gemfile) });
}

/** One bundler at a time in a place: the kernel gives the lock back when the process ends, however it ends. */
const lockedBundler = `
lock = File.open(ARGV.shift, File::RDWR | File::CREAT)
lock.flock(File::LOCK_EX)
lock.close_on_exec = false
exec(RbConfig.ruby, Gem.bin_path("bundler", "bundle"), *ARGV)
`;

/** The file of this bundle in a folder of `.gems/`. */
export function fileOf(gemfile, folder, extension) {
  mkdirSync(join(gems, folder), { recursive: true });
  const name = relative(checkout, dirname(gemfile)).replace(/\W+/g, "-");
  return join(gems, folder, `${name}.${extension}`);
}

/** Version, patch level and platform: a gem's compiled part fits no other. */
export async function rubyDescription() {
  const { status, output } = await ruby(["--disable-gems", "-e", "print RUBY_DESCRIPTION"], {});
  if (status === 0) return output;
  throw new GemsError(`ruby exits with ${status}: ${output.trim()} Repair the Ruby on the PATH.`);
}

function ruby(args, options) {
  return new Promise((resolved, rejected) => {
    let output = "";
    const hear = (text) => {
      output += text;
    };
    const child = spawn("ruby", args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    child.stdout.setEncoding("utf8").on("data", hear);
    child.stderr.setEncoding("utf8").on("data", hear);
    child.on("error", (cause) => rejected(new GemsError(rubyMissing, { cause })));
    child.on("close", (status) => resolved({ status, output }));
  });
}

const rubyMissing =
  "Gems cannot be installed: no ruby on the PATH. Install one (Debian: ruby-full, build-essential).";
