import { bothSides, type Side } from "./side.ts";

/** A daemon of either with the same app, for all tests of a file. */
export interface Pair {
  start(): Promise<void>;
  stop(): Promise<void>;
  sides(): readonly [Side, Side];
}

/** `words` are further options of `thin start -d`. */
export function appOnBothSides(rackup: string, ...words: readonly string[]): Pair {
  const cleanups: (() => Promise<void>)[] = [];
  let pair: readonly [Side, Side] | undefined;
  return {
    async start() {
      const owner = {
        after: (clean: () => Promise<void>) => void cleanups.push(clean),
        diagnostic: () => {},
      };
      pair = await bothSides(owner, rackup);
      await Promise.all(pair.map((side) => side.daemon(...words)));
    },
    async stop() {
      for (const clean of cleanups.reverse()) await clean();
    },
    sides() {
      if (pair === undefined) throw new Error("The servers have not been started.");
      return pair;
    },
  };
}
