import type { StartServer } from "./server.ts";

export const startServer: StartServer = () =>
  Promise.reject(new Error("The server core is not merged into this branch."));
