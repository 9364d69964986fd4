/**
 * Opens many keep-alive connections, asks once on each, and then holds them in silence.
 * Prints {"held":n} when all have been answered, and again when stdin ends.
 * usage: node --import tsx idle.ts PORT PATH CONNECTIONS
 */

import { connect, type Socket } from "node:net";

const OPENING_AT_ONCE = 100;
const ANSWER_WITHIN_MS = 10_000;

const [port = "", path = "/", connections = "0"] = process.argv.slice(2);
const held = new Set<Socket>();
const request = `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;

/** Resolves when the first bytes of an answer came, or the connection failed: both are outcomes. */
async function open(): Promise<void> {
  await new Promise<void>((resolve) => {
    const socket = connect(Number(port), "127.0.0.1", () => socket.write(request));
    socket.setTimeout(ANSWER_WITHIN_MS, () => socket.destroy());
    socket.once("data", () => {
      socket.setTimeout(0);
      held.add(socket);
      resolve();
    });
    socket.on("end", () => socket.destroy());
    socket.on("error", () => undefined); // "close" follows
    socket.on("close", () => {
      held.delete(socket);
      resolve();
    });
  });
}

async function openAll(count: number): Promise<void> {
  let left = count;
  const line = async (): Promise<void> => {
    while (left-- > 0) await open();
  };
  await Promise.all(Array.from({ length: OPENING_AT_ONCE }, line));
}

const report = (): boolean => process.stdout.write(`${JSON.stringify({ held: held.size })}\n`);

await openAll(Number(connections));
report();
process.stdin.resume().once("end", () => {
  report();
  for (const socket of held) socket.destroy();
});
