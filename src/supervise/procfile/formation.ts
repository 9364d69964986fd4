import { ProcfileError } from "./errors.ts";

/** How many processes of each type there are to be. */
export interface Formation {
  readonly counts: ReadonlyMap<string, number>;
  /** Of the types that are not named. */
  readonly others: number;
}

/** One of everything. */
export const ONE_OF_EACH: Formation = { counts: new Map(), others: 1 };

/**
 * Reads `web=2,worker=1,all=0`: blanks mean nothing, `all` is for what is not named, which else gets none.
 * Throws ProcfileError when it is something else.
 */
export function parseFormation(text: string): Formation {
  const counts = new Map<string, number>();
  let others = 0;
  for (const pair of text.replace(/\s/g, "").split(",")) {
    const [, type, amount] = /^([A-Za-z0-9_-]+)=(\d{1,4})$/.exec(pair) ?? [];
    if (type === undefined) throw unreadable(text, pair);
    if (type === "all") others = Number(amount);
    else counts.set(type, Number(amount));
  }
  return { counts, others };
}

/** How many of `type`. */
export function countOf({ counts, others }: Formation, type: string): number {
  return counts.get(type) ?? others;
}

function unreadable(text: string, pair: string): ProcfileError {
  return new ProcfileError(
    `The formation ${JSON.stringify(text)} cannot be read at ${JSON.stringify(pair)}. Write it as web=2,worker=1, with all=1 for the others.`,
  );
}
