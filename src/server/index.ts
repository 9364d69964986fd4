export type { ServerFact } from "./facts.ts";
export { withinFileLimit } from "./file-limit.ts";
export type { AppOptions, ServerOptions } from "./options.ts";
export type { Server, ServerEmit, StartServer } from "./server.ts";
export { startServer } from "./start.ts";
