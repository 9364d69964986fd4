import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { ourSide, type Side, sideOf } from "./side.ts";

/** One thing that bluepill's users rely on, seen on both sides. */
export interface Check {
  readonly title: string;
  /** What is seen on one side; whatever differs from one time to the next is left out. */
  readonly see: (side: Side) => Promise<unknown>;
  /** Where ours is not to do as bluepill: why, and what either does. */
  readonly better?: {
    readonly why: string;
    readonly bluepill: unknown;
    /** What bluepill does as well, where its own processes race each other: on a busy machine the other one wins. */
    readonly orBluepill?: unknown;
    readonly ours: unknown;
  };
}

/** How often the gem is asked for what it is known to do: its own processes race each other. Ours is asked once. */
const GEM_ATTEMPTS = 3;

/** Tests each check on both sides, side by side with the others: mostly they wait. */
export function hold(checks: readonly Check[]): void {
  describe("bluepill and ours", { concurrency: 4 }, () => {
    for (const check of checks) {
      const { title, see, better } = check;
      test(`${title}${better ? ` (better: ${better.why})` : ""}`, async (t) => {
        const ours = ourSide(t).then(see);
        // Seen where it is awaited, after the gem's.
        ours.catch(() => {});
        let error = await complaintOf(t, check, ours);
        for (let attempt = 1; error !== undefined && attempt < GEM_ATTEMPTS; attempt++) {
          t.diagnostic(`the gem did otherwise: ${error.message}`);
          error = await complaintOf(t, check, ours);
        }
        if (better !== undefined) assert.deepEqual(await ours, better.ours);
        if (error !== undefined) throw error;
      });
    }
  });
}

/** What is wrong with what the gem does, if anything is. Rejects as `ours` does where that is what it is held to. */
async function complaintOf(
  t: TestContext,
  { see, better }: Check,
  ours: Promise<unknown>,
): Promise<Error | undefined> {
  const seen = sideOf("bluepill", t).then(see);
  const [gem] = await Promise.allSettled([seen]);
  const expected = better === undefined ? await ours : better.bluepill;
  if (gem.status === "rejected") return gem.reason;
  if (better && "orBluepill" in better && isDeepStrictEqual(gem.value, better.orBluepill)) return;
  try {
    assert.deepEqual(gem.value, expected);
  } catch (error) {
    return error as Error;
  }
  return undefined;
}

/** A pill with one process, or with what a test says besides. */
export function pill(more = "", command = "/bin/sleep 1000", name = "web"): string {
  return application(`app.process("${name}") do |p|
    p.start_command = %q(${command})
    p.daemonize = true
    p.start_grace_time = 1
    p.stop_grace_time = 1
    p.restart_grace_time = 1
    ${more}
  end`);
}

/** The application `a` with these processes. */
export function application(processes: string, name = "a"): string {
  return `Bluepill.application("${name}", log_file: "FOLDER/${name}.log") do |app|
  ${processes}
end
`;
}

/** How many lines a file of the side's has; none when it is not there. */
export async function countOf(side: Side, name: string): Promise<number> {
  return ((await side.file(name)) ?? "").split("\n").length - 1;
}
