export { LoadError } from "./errors.ts";
export type { PoolFact, ReplaceReason } from "./facts.ts";
export type { PoolFigures, WorkerFigures } from "./figures.ts";
export { POOL_DEFAULTS, type PoolOptions } from "./options.ts";
export { Pool } from "./pool.ts";
export type { Call, Departure, Engine, Slot, Worker, WorkerListener } from "./worker.ts";
