import { resolve } from "node:path";
import { runClient } from "../processes/run-client.ts";
import { ROOT } from "../root.ts";
import { parseWrk, type WrkResult } from "./wrk-output.ts";

export type WrkRun = {
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
  /** Sends a POST of this many bytes instead of a GET. */
  readonly uploadBytes?: number;
};

/** Loads a server with one thread of wrk, a closed loop on every connection. */
export async function wrk(run: WrkRun): Promise<WrkResult> {
  const load = ["-t1", `-c${run.connections}`, `-d${run.seconds}s`, "--latency"];
  return parseWrk(await runClient("wrk", [...load, ...upload(run)]));
}

function upload({ url, uploadBytes }: WrkRun): readonly string[] {
  if (uploadBytes === undefined) return [url];
  return ["-s", resolve(ROOT, "bench/clients/upload.lua"), url, "--", String(uploadBytes)];
}
