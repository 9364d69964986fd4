import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Bundles, bothSides, type Side } from "./side.ts";

/** An app that says hi. */
export const HI =
  'run ->(_) { [200, { "content-type" => "text/plain", "content-length" => "3" }, ["hi\\n"]] }';

/** One thing that Thin's users rely on, seen on both sides. */
export interface Check {
  /** Its place in the list of such things; one of them may be several rows. */
  readonly number: number;
  /** What is done. */
  readonly title: string;
  /** The app; one that says hi unless another is given. */
  readonly rackup?: string;
  /** What the app runs with, where it needs gems. */
  readonly bundles?: Bundles;
  /** What is seen on one side; whatever differs from one time to the next is left out. */
  readonly see: (side: Side) => Promise<unknown>;
  /** What Thin does, and ours too. */
  readonly thin: unknown;
  /** Where ours is not to do the same: what it does, and why that is better. */
  readonly better?: { readonly why: string; readonly ours: unknown };
}

/** A test for each check, against the thin gem and against ours. Two at a time: some wait for half a minute. */
export function runChecks(checks: readonly Check[]): void {
  describe("thin and ours", { concurrency: 2 }, () => {
    for (const { number, title, rackup = HI, bundles, see, thin, better } of checks) {
      const words = better === undefined ? "same" : `better: ${better.why}`;
      test(`thin check ${number}: ${title} (${words})`, { timeout: 240_000 }, async (t) => {
        const [gem, own] = await Promise.all((await bothSides(t, rackup, bundles)).map(see));
        assert.deepEqual(gem, thin, "what Thin does");
        assert.deepEqual(own, better === undefined ? thin : better.ours, "what ours does");
      });
    }
  });
}
