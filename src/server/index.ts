export type { ServerFact } from "./facts.ts";
export type { ServerFigures } from "./figures.ts";
export { withinFileLimit } from "./file-limit.ts";
export type { AppOptions, ServerOptions } from "./options.ts";
export type { Between, Server, ServerEmit, StartServer } from "./server.ts";
export { startServer } from "./start.ts";
