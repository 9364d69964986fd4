import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { serve } from "../../src/cli/wire.ts";
import { fromFlags, settle } from "../../src/config/index.ts";
import { thinFormat } from "../../src/observe/index.ts";
import type { Server, StartServer } from "../../src/server/index.ts";

/**
 * A process around `serve()` whose server is a plain one of Node's, so that signals and log lines can be
 * watched without any Ruby at work. `/slow` answers when `/go` is asked for.
 */
const startPlain: StartServer = async (options, emit) => {
  let go = (): void => {};
  const going = new Promise<void>((resolve) => {
    go = resolve;
  });
  const http = createServer(async ({ url }, response) => {
    if (url === "/go") go();
    if (url === "/slow") await going;
    response.end(`${url} of ${process.cwd()}`);
  });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const addresses = [`127.0.0.1:${(http.address() as AddressInfo).port}`];
  emit({ type: "server-listening", addresses, scheme: "http", bootMs: 12 });
  const done = once(http, "close").then(() => {
    emit({ type: "server-stopped", uptimeMs: 1000 });
    return 0;
  });
  const server: Server = {
    addresses,
    done,
    async stop() {
      emit({ type: "server-stopping", deadlineMs: options.stopTimeoutMs, connections: 1 });
      http.close();
      await done;
    },
    async halt() {
      emit({ type: "server-stopping", deadlineMs: undefined, connections: 0 });
      http.close();
      http.closeAllConnections();
      await done;
    },
    async restart() {
      emit({ type: "restart-began", generation: 2 });
      throw new Error("the app does not load");
    },
    resize: (by) => emit({ type: "queue-full", length: by }),
    reopen: (path) => emit({ type: "restart-failed", generation: 0, message: path }),
  };
  return server;
};

const [chdir = ".", log] = process.argv.slice(2);
const said = fromFlags([["chdir", chdir], ...(log === undefined ? [] : [["log", log] as const])]);
const run = {
  settings: settle([said]),
  software: "echo",
  format: thinFormat({ isDebugging: false, isTracing: false }),
  env: process.env,
  inherited: [],
  background: undefined,
};
process.exit(await serve(run, startPlain));
