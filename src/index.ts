export { type AppOptions, type Server, type ServerOptions, startServer } from "./server/index.ts";
