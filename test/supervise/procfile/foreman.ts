import { spawnSync } from "node:child_process";
import { join, resolve } from "node:path";
import { gemEnvironment } from "../../../scripts/gems.mjs";

/** The Gemfile of foreman itself. */
export const FOREMAN_GEMFILE: string = resolve(import.meta.dirname, "../../peers/foreman/Gemfile");

/** What foreman is asked. */
export interface Asked {
  readonly procfiles: readonly string[];
  readonly envs: readonly string[];
  readonly plans: readonly {
    readonly procfile: string;
    readonly formation: string;
    readonly port: number;
  }[];
}

/** What foreman says, in the same order. */
export interface Said {
  readonly procfiles: readonly (readonly (readonly [type: string, command: string])[])[];
  readonly envs: readonly Readonly<Record<string, string>>[];
  readonly plans: readonly (readonly (readonly [name: string, port: number])[])[];
}

/** Asks the gem. */
export function askForeman(asked: Partial<Asked>): Said {
  const script = join(import.meta.dirname, "foreman-oracle.rb");
  const { stdout, stderr, status } = spawnSync("bundle", ["exec", "ruby", script], {
    env: gemEnvironment(FOREMAN_GEMFILE),
    input: JSON.stringify({ procfiles: [], envs: [], plans: [], ...asked }),
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`foreman cannot be asked: ${stderr}`);
  return JSON.parse(stdout) as Said;
}
