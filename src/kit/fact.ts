/** Something that happened, as data. Each room has its union of them; `observe` turns them into words. */
export interface Fact {
  readonly type: string;
}

/** Where a room tells its facts. Never throws, never waits. */
export type Emit<F extends Fact> = (fact: F) => void;
