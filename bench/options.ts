import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { PEERS, type Peer } from "./peers/index.ts";
import { ROOT } from "./root.ts";
import type { Workload } from "./workload.ts";
import { WORKLOADS } from "./workloads/index.ts";

export type Options = {
  readonly help: boolean;
  readonly peers: readonly Peer[];
  readonly workloads: readonly Workload[];
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly out: string;
};

export const USAGE = `usage: npm run bench -- [options]
  --only NAMES       servers, by comma: ${PEERS.map((peer) => peer.name).join(",")}
  --workload NAMES   workloads or their beginnings, by comma:
                     ${WORKLOADS.map((workload) => workload.name).join(",")}
  --rounds N         interleaved rounds (5)
  --seconds N        length of a measured run (4)
  --warm-up N        seconds of load before it (2)
  --out DIR          where the results go (bench/results)
  --help`;

/** Reads the command line; throws a message that names what is wrong and what would be right. */
export function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: "boolean", default: false },
      only: { type: "string", multiple: true, default: [] },
      workload: { type: "string", multiple: true, default: [] },
      rounds: { type: "string", default: "5" },
      seconds: { type: "string", default: "4" },
      "warm-up": { type: "string", default: "2" },
      out: { type: "string", default: "bench/results" },
    },
  });
  return {
    help: values.help,
    peers: select("server", PEERS, names(values.only), (name, word) => name === word),
    workloads: select("workload", WORKLOADS, names(values.workload), (name, word) =>
      name.startsWith(word),
    ),
    rounds: positive("rounds", values.rounds),
    seconds: positive("seconds", values.seconds),
    warmUpSeconds: positive("warm-up", values["warm-up"]),
    out: resolve(ROOT, values.out),
  };
}

const names = (values: readonly string[]): readonly string[] =>
  values.flatMap((value) => value.split(",")).filter((word) => word !== "");

/** All of them when no word is given; else those that a word fits, in their own order. */
function select<Item extends { readonly name: string }>(
  kind: string,
  items: readonly Item[],
  words: readonly string[],
  fits: (name: string, word: string) => boolean,
): readonly Item[] {
  const stranger = words.find((word) => !items.some((item) => fits(item.name, word)));
  if (stranger !== undefined) {
    const known = items.map((item) => item.name).join(", ");
    throw new Error(`no ${kind} is called "${stranger}"; there are ${known}`);
  }
  if (words.length === 0) return items;
  return items.filter((item) => words.some((word) => fits(item.name, word)));
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new Error(`--${option} takes a whole number above 0, not "${text}"`);
}
