import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { bothSides, type Side } from "./side.ts";

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

/** Tests each check on both sides, side by side with the others: mostly they wait. */
export function hold(checks: readonly Check[]): void {
  describe("bluepill and ours", { concurrency: 4 }, () => {
    for (const { title, see, better } of checks) {
      test(`${title}${better ? ` (better: ${better.why})` : ""}`, async (t) => {
        const [bluepill, ours] = await Promise.all((await bothSides(t)).map(see));
        if (better === undefined) return assert.deepEqual(ours, bluepill);
        if (!("orBluepill" in better && isDeepStrictEqual(bluepill, better.orBluepill))) {
          assert.deepEqual(bluepill, better.bluepill);
        }
        assert.deepEqual(ours, better.ours);
      });
    }
  });
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
