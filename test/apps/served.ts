import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { after, before, describe, test } from "node:test";
import { gemEnvironment } from "../../scripts/gems.mjs";
import { type Owner, type RunningServer, serve } from "../harness/server.ts";
import type { App } from "./visitor.ts";

const CHECKOUT = resolve(import.meta.dirname, "../..");
const LINT = join(import.meta.dirname, "lint.ru");

/** A way to run an app. */
interface Manner {
  readonly title: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

/** As people deploy: several workers with threads, forked from a mold. */
export const PRODUCTION: Manner = {
  title: "in production, preloaded, 2 workers x 3 threads",
  args: ["-e", "production", "--workers", "2", "--threads", "3"],
};

/** As people write code. */
export const DEVELOPMENT: Manner = {
  title: "in development, one worker that loads by itself",
  args: ["-e", "development", "--workers", "1", "--no-preload"],
};

/** With Rack::Lint around it, which answers what breaks the Rack SPEC by an exception. */
export function linted(app: string, manner: Manner): Manner {
  return {
    title: `${manner.title}, with Rack::Lint`,
    args: [...manner.args, "-R", LINT],
    env: { ...manner.env, LINTED: join(CHECKOUT, "examples", app, "config.ru") },
  };
}

/** Holds `examples/NAME`, served by us, to its contract; then it has to leave nothing behind. */
export function holdTo(
  name: string,
  contract: (app: App) => void,
  manner: Manner,
  gemfile = join(CHECKOUT, "examples", name, "Gemfile"),
): void {
  describe(`${name} ${manner.title}`, () => {
    const cleanups: (() => Promise<void>)[] = [];
    let server: RunningServer | undefined;
    const running = (): RunningServer => {
      assert.ok(server, "the server has started");
      return server;
    };
    before(async () => {
      server = await serve(ownerOf(cleanups), {
        app: join(CHECKOUT, "examples", name),
        args: manner.args,
        env: { ...gemsAt(gemfile), ...manner.env },
      });
    });
    contract(running);
    test(`${name} is stopped and has broken no rule of Rack's`, async () => {
      const exit = await running().stop();
      assert.deepEqual(exit, { reason: "exit 0", code: 0 });
      assert.doesNotMatch(running().stdout() + running().stderr(), /LintError/);
    });
    after(async () => {
      for (const clean of cleanups) await clean();
    });
  });
}

/** Only what Bundler has to know: the rest of our environment is not the server's. */
export function gemsAt(gemfile: string): NodeJS.ProcessEnv {
  if (!existsSync(gemfile)) return {};
  return Object.fromEntries(
    Object.entries(gemEnvironment(gemfile)).filter(([name]) => name.startsWith("BUNDLE_")),
  );
}

function ownerOf(cleanups: (() => Promise<void>)[]): Owner {
  return { after: (clean) => void cleanups.push(clean), diagnostic: () => {} };
}
