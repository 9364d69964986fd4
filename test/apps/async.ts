import { resolve } from "node:path";
import type { TestContext } from "node:test";
import { installGems } from "../../scripts/gems.mjs";
import { RawClient } from "../harness/http.ts";
import { until } from "../harness/processes.ts";
import { type RunningServer, type ServeOptions, serve } from "../harness/server.ts";
import { ask } from "../server/ask.ts";
import { gemsAt } from "./served.ts";

const GEMFILE = resolve(import.meta.dirname, "../gems/async/Gemfile");

/** The path of an app for EventMachine's reactor. */
export function asyncApp(name: string): string {
  return resolve(import.meta.dirname, "async", `${name}.ru`);
}

/** The variables with which a server finds EventMachine, Faye and Sinatra. */
async function asyncGems(): Promise<NodeJS.ProcessEnv> {
  await installGems(["async"]);
  return gemsAt(GEMFILE);
}

/** A server of ours with `async/NAME.ru`, and the questions that its tests ask. */
export class AsyncServer {
  readonly server: RunningServer;
  readonly #test: TestContext;

  private constructor(server: RunningServer, t: TestContext) {
    this.server = server;
    this.#test = t;
  }

  /** Starts `async/NAME.ru`, or the rackup file at that path. */
  static async start(
    t: TestContext,
    name: string,
    args: readonly string[] = [],
    command: ServeOptions["command"] = "thin",
  ): Promise<AsyncServer> {
    const env = await asyncGems();
    const app = name.endsWith(".ru") ? name : asyncApp(name);
    return new AsyncServer(await serve(t, { app, command, args, env }), t);
  }

  /** A connection of its own. */
  client(): Promise<RawClient> {
    const { port, socketPath } = this.server;
    return RawClient.open(this.#test, port === 0 ? { path: socketPath } : { port });
  }

  /** A connection that has asked for `path`. */
  async asking(path: string): Promise<RawClient> {
    const client = await this.client();
    client.get(path);
    return client;
  }

  /** Asks on a connection of its own; resolves with status and text. */
  async ask(path: string, body?: string | Uint8Array): Promise<readonly [number, string]> {
    const asked = body === undefined ? {} : { method: "POST", body };
    const { status, text } = await ask(this.server, path, asked);
    return [status, text];
  }

  /** What the app has noted about `name`. */
  async notes(name: string): Promise<readonly string[]> {
    const [, text] = await this.ask(`/notes?${name}`);
    return text === "" ? [] : text.split("\n").map((line) => line.slice(name.length + 2));
  }

  /** Resolves once the app has noted `what` about `name`. */
  async noted(name: string, what: string): Promise<void> {
    await until(
      async () => (await this.notes(name)).includes(what),
      10_000,
      async () => `${name}: ${await this.notes(name)} lacks ${what}`,
    );
  }
}
