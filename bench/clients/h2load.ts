import { runClient } from "../processes/run-client.ts";

const CLIENTS = 4;

/** Sends exactly `requests` requests over HTTP/1.1; rejects unless every one was answered with 2xx. */
export async function h2load(url: string, requests: number): Promise<void> {
  const report = await runClient("h2load", ["--h1", `-n${requests}`, `-c${CLIENTS}`, url]);
  const succeeded = Number(/(\d+) succeeded/.exec(report)?.[1] ?? 0);
  const good = Number(/status codes: (\d+) 2xx/.exec(report)?.[1] ?? 0);
  if (succeeded === requests && good === requests) return;
  throw new Error(`${good} of ${requests} requests to ${url} were answered with 2xx`);
}
