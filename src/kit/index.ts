export { type Clock, systemClock } from "./clock.ts";
export type { Emit, Fact } from "./fact.ts";
