export { AdoptedEngine, NativeEngine } from "./engines/index.ts";
export type { Emit, RackFact } from "./facts.ts";
export type { Failure } from "./failure.ts";
export { failurePage } from "./failure-page.ts";
export { FRAMED_BODY_LIMIT_BYTES } from "./frames.ts";
export type { Host, WorkerSettings } from "./host.ts";
export { type Adapter, NATIVE_DEFAULTS, type NativeOptions, type ReactorUse } from "./options.ts";
