import { connect } from "node:net";
import { type Order, type Reply, replyIn } from "./messages.ts";

/**
 * Gives an order to the server that listens at `path`; resolves with its reply, or with undefined when nobody listens
 * there. A server that goes away in the middle has failed to carry it out.
 */
export function give(order: Order, path: string): Promise<Reply | undefined> {
  return new Promise((resolve) => {
    const socket = connect(path);
    let isHeard = false;
    let text = "";
    socket.setEncoding("utf8");
    socket.on("connect", () => {
      isHeard = true;
      socket.write(`${JSON.stringify(order)}\n`);
    });
    socket.on("data", (chunk: string) => {
      text += chunk;
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      if (!isHeard) return resolve(undefined);
      const gone: Reply = { reply: "failed", message: "The server went away before it was done." };
      resolve(replyIn(text.trimEnd()) ?? gone);
    });
  });
}
