export type { Call, Departure, Engine, Slot, Worker, WorkerListener } from "./worker.ts";
