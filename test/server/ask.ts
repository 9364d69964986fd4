import { type Agent, type IncomingHttpHeaders, request } from "node:http";
import type { RunningServer } from "../harness/server.ts";

/** Where to ask: a port of this machine, or a UNIX socket. */
export type Where = Pick<RunningServer, "port" | "socketPath">;

export interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** A connection of its own unless one is given. */
  readonly agent?: Agent;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Asks and waits for the whole answer; rejects when the connection breaks off. */
export function ask(where: Where, path: string, asked: Asked = {}): Promise<Answer> {
  const { method = "GET", headers = {}, body, agent } = asked;
  const { port, socketPath } = where;
  const to = socketPath === "" ? { host: "127.0.0.1", port } : { socketPath };
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { ...to, path, method, headers, agent: agent ?? false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(chunks).toString("utf8"),
          }),
        );
      },
    );
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}
