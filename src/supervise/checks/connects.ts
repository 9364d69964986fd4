import { connect } from "node:net";
import type { Sample } from "../samples.ts";

/** Whether somebody accepts at `host:port`, or at the path of a UNIX socket. */
export function connects(address: string, timeoutMs: number): Promise<Sample> {
  return new Promise((resolve) => {
    const socket = connect(optionsOf(address));
    const end = (text: string, isGood: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ text, isGood });
    };
    const timer = setTimeout(() => end(`no answer in ${timeoutMs} ms`, false), timeoutMs);
    socket.on("connect", () => end("connected", true));
    socket.on("error", (error: NodeJS.ErrnoException) => end(error.code ?? error.message, false));
  });
}

function optionsOf(address: string): { path: string } | { host: string; port: number } {
  if (address.includes("/")) return { path: address.replace(/^unix:/, "") };
  const colon = address.lastIndexOf(":");
  const host = address.slice(0, colon).replace(/^\[(.*)\]$/, "$1") || "127.0.0.1";
  return { host, port: Number(address.slice(colon + 1)) };
}
