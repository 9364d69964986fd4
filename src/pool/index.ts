export type { PoolFact, ReplaceReason } from "./facts.ts";
export { POOL_DEFAULTS, type PoolOptions } from "./options.ts";
export type { Call, Departure, Engine, Slot, Worker, WorkerListener } from "./worker.ts";
