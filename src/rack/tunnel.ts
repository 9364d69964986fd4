import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Reply } from "../message/index.ts";

/**
 * Joins a client with an app that took the connection over: raw bytes both ways, and each end's half-close is the
 * other's. `rest` are bytes that the app has sent already. Without a client the app's socket is closed.
 */
export function join(socket: Socket, reply: Reply, rest: Buffer): void {
  if (!reply.isOpen) {
    socket.destroy();
    return;
  }
  const client = reply.tunnel("");
  if (rest.length > 0) client.write(rest);
  direct(socket, client);
  direct(client, socket);
}

function direct(from: Duplex, to: Duplex): void {
  from.pipe(to);
  // Errors end both: half a tunnel leads nowhere.
  from.on("error", () => to.destroy());
  from.on("close", () => {
    if (!from.readableEnded) to.destroy();
  });
}
