/** One request whose answer is checked, so that no error page is ever measured. */

import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { buffer } from "node:stream/consumers";
import type { Probe } from "../workload.ts";

const ANSWER_WITHIN_MS = 20_000;

/** Resolves with nothing when the answer is right, else with what is wrong with it. */
export async function answersProbe(url: string, probe: Probe): Promise<string | undefined> {
  try {
    const { status, body } = await ask(url, probe.uploadBytes ?? 0);
    if (status !== 200) return `${url} answers ${status}`;
    if (probe.answer === undefined || probe.answer === body) return undefined;
    return `${url} answers ${body.length} bytes that are not the expected ones`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function ask(url: string, uploadBytes: number): Promise<{ status: number; body: string }> {
  const method = uploadBytes > 0 ? "POST" : "GET";
  const headers = uploadBytes > 0 ? { "content-length": uploadBytes } : {};
  const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
  const asking = request(url, { method, headers, agent: false, signal });
  asking.end(Buffer.alloc(uploadBytes, "x"));
  const [response] = (await once(asking, "response")) as [IncomingMessage];
  const body = await buffer(response);
  return { status: response.statusCode ?? 0, body: body.toString("latin1") };
}
