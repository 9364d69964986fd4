/** One workload, all contestants, interleaved rounds: A, B, …, then again from another start. */

import {
  type Contestant,
  commandOf,
  enter,
  launchOf,
  titleOf,
  typed,
  versionOf,
} from "./contestant.ts";
import { measure, type Times } from "./loads/index.ts";
import { type Figures, METRICS } from "./metric.ts";
import type { Peer } from "./peers/index.ts";
import { freePort, RunningServer } from "./processes/server.ts";
import type { Entry, LeftOut } from "./report/outcome.ts";
import { medians } from "./report/statistics.ts";
import { ROOT } from "./root.ts";
import type { Workload } from "./workload.ts";

const TRIAL_SECONDS = 2;

export type ContestOptions = {
  readonly peers: readonly Peer[];
  readonly rounds: number;
  readonly times: Times;
  /** Told what happens, a line at a time. */
  readonly say: (line: string) => void;
};

type Standing = { readonly contestant: Contestant; readonly rounds: Figures[] };

/** Resolves with everybody's rounds and medians, and with the reasons of those left out. */
export class Contest {
  readonly #workload: Workload;
  readonly #options: ContestOptions;
  readonly #leftOut: LeftOut[] = [];

  constructor(workload: Workload, options: ContestOptions) {
    this.#workload = workload;
    this.#options = options;
  }

  async run(): Promise<{ entries: readonly Entry[]; leftOut: readonly LeftOut[] }> {
    let standings = (await this.#chosen()).map((contestant) => ({
      contestant,
      rounds: [] as Figures[],
    }));
    for (let round = 0; round < this.#options.rounds; round++) {
      for (const standing of rotated(standings, round)) {
        if (!(await this.#play(standing))) standings = standings.filter((one) => one !== standing);
      }
    }
    return { entries: standings.map((one) => this.#entry(one)), leftOut: this.#leftOut };
  }

  /** The contestants that start and answer, each peer in its faster variant (Puma in both). */
  async #chosen(): Promise<readonly Contestant[]> {
    const chosen: Contestant[] = [];
    for (const peer of this.#options.peers) {
      const variants = await this.#tried(peer.title, () => enter(peer, this.#workload));
      chosen.push(...(await this.#choose(peer, variants ?? [])));
    }
    return chosen;
  }

  async #choose(peer: Peer, variants: readonly Contestant[]): Promise<readonly Contestant[]> {
    if (peer.yjit === "both" || variants.length < 2) return variants;
    const trials: { contestant: Contestant; value: number }[] = [];
    for (const contestant of variants) {
      const figures = await this.#tried(titleOf(contestant), () =>
        this.#once(contestant, TRIAL_SECONDS),
      );
      if (figures === undefined) return [];
      trials.push({ contestant, value: figures[this.#workload.deciding] ?? 0 });
    }
    const best = trials.reduce((one, other) => (other.value > one.value ? other : one));
    const values = trials.map(
      ({ contestant, value }) => `${titleOf(contestant)} ${Math.round(value)}`,
    );
    this.#options.say(`  tried ${values.join(", ")}: takes part as ${titleOf(best.contestant)}`);
    return [best.contestant];
  }

  async #play({ contestant, rounds }: Standing): Promise<boolean> {
    const title = titleOf(contestant);
    const figures = await this.#tried(title, () =>
      this.#once(contestant, this.#options.times.seconds),
    );
    if (figures === undefined) return false;
    rounds.push(figures);
    this.#options.say(`  ${rounds.length}. ${title}: ${inWords(figures, this.#workload)}`);
    return true;
  }

  async #once(contestant: Contestant, seconds: number): Promise<Figures> {
    const { warmUpSeconds } = this.#options.times;
    // A compiler that is still at work on a large app would be measured with it.
    const times = {
      seconds,
      warmUpSeconds: Math.max(warmUpSeconds, this.#workload.settlesInSeconds ?? 0),
    };
    const port = await freePort();
    const command = commandOf(contestant, launchOf(this.#workload, port));
    const server = new RunningServer(command, port);
    try {
      await server.ready(this.#workload.probe);
      const figures = await measure(server, this.#workload.load, times);
      if (server.isDead()) throw new Error("it died under the load");
      return figures;
    } catch (error) {
      throw server.isDead() ? new Error(server.obituary(), { cause: error }) : error;
    } finally {
      await server.stop();
    }
  }

  /** A peer that fails is reported in one line and left out; the others go on. */
  async #tried<Result>(title: string, work: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await work();
    } catch (error) {
      const reason = firstLine(error instanceof Error ? error.message : String(error));
      this.#leftOut.push({ title, reason });
      this.#options.say(`  left out: ${title}: ${reason}`);
      return undefined;
    }
  }

  #entry({ contestant, rounds }: Standing): Entry {
    const launch = launchOf(this.#workload, 0);
    const remark = contestant.peer.remark?.(launch);
    return {
      peer: contestant.peer.name,
      title: titleOf(contestant),
      version: versionOf(contestant),
      command: typed(commandOf(contestant, launch), contestant.yjit),
      ...(remark === undefined ? {} : { remark }),
      rounds,
      medians: medians(rounds),
    };
  }
}

/** The same list from another start, so that nobody always runs after the same neighbour. */
function rotated<Item>(items: readonly Item[], by: number): readonly Item[] {
  const start = items.length === 0 ? 0 : by % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}

function inWords(figures: Figures, { columns }: Workload): string {
  const words = columns.map((metric) => {
    const value = figures[metric];
    return value === undefined
      ? []
      : [`${value.toFixed(METRICS[metric].digits)} ${METRICS[metric].title}`];
  });
  return words.flat().join(", ");
}

/** Enough of a message to know what happened, without the place where this checkout lies. */
function firstLine(text: string): string {
  return (text.replaceAll(`${ROOT}/`, "").split("\n")[0] ?? "").slice(0, 240);
}
