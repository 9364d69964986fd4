import type { Fact } from "../../kit/index.ts";

export type Level = "debug" | "info" | "warn" | "error";

/** What a fact is in words. */
export interface Line {
  readonly level: Level;
  /** One sentence without a full stop; no line ends in it. */
  readonly text: string;
  /** What goes with it and needs lines of its own, such as a backtrace. */
  readonly details?: string | undefined;
}

/** A sentence for every fact of a union: a fact without one does not compile. */
export type Sentences<F extends Fact> = {
  readonly [T in F["type"]]: (fact: Extract<F, { readonly type: T }>) => Line;
};

export function debug(text: string): Line {
  return { level: "debug", text };
}

export function info(text: string): Line {
  return { level: "info", text };
}

export function warn(text: string): Line {
  return { level: "warn", text };
}

export function error(text: string): Line {
  return { level: "error", text };
}
