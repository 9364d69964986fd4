import { deepEqual, equal, rejects } from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import WebSocket from "ws";
import { Socket } from "../socket.ts";
import type { App } from "../visitor.ts";

/** Action Cable of `examples/rails`, spoken by hand over a real WebSocket. */
export function railsCableContract(app: App): void {
  test("Rails example welcomes, confirms, echoes and broadcasts over Action Cable", async () => {
    await using socket = await Socket.open(app, "/cable", "actioncable-v1-json");
    equal(socket.ws.protocol, "actioncable-v1-json");
    deepEqual(await hear(socket), { type: "welcome" });

    const identifier = JSON.stringify({ channel: "ChatChannel", room: "contract" });
    socket.ws.send(JSON.stringify({ command: "subscribe", identifier }));
    deepEqual(await hear(socket), { identifier, type: "confirm_subscription" });

    perform(socket, identifier, { action: "echo", text: "only me" });
    deepEqual(await hear(socket), { identifier, message: { echo: "only me" } });

    perform(socket, identifier, { action: "say", text: "everybody" });
    deepEqual(await hear(socket), { identifier, message: { text: "everybody" } });
  });

  test("Rails example echoes a long message over Action Cable", async () => {
    await using socket = await Socket.open(app, "/cable", "actioncable-v1-json");
    deepEqual(await hear(socket), { type: "welcome" });
    const identifier = JSON.stringify({ channel: "ChatChannel", room: "long" });
    socket.ws.send(JSON.stringify({ command: "subscribe", identifier }));
    await hear(socket);
    const text = "ü🌍".repeat(40_000);
    perform(socket, identifier, { action: "echo", text });
    deepEqual(await hear(socket), { identifier, message: { echo: text } });
  });

  test("Rails example rejects a subscription without a room", async () => {
    await using socket = await Socket.open(app, "/cable", "actioncable-v1-json");
    await hear(socket);
    const identifier = JSON.stringify({ channel: "ChatChannel" });
    socket.ws.send(JSON.stringify({ command: "subscribe", identifier }));
    deepEqual(await hear(socket), { identifier, type: "reject_subscription" });
  });

  test("Rails example lets no page of another origin onto Action Cable", async () => {
    const url = new URL("/cable", app().url.replace("http", "ws"));
    const ws = new WebSocket(url, "actioncable-v1-json", { origin: "http://evil.example" });
    await rejects(once(ws, "open"), /Unexpected server response: 404/);
  });
}

function perform(socket: Socket, identifier: string, data: object): void {
  const message = { command: "message", identifier, data: JSON.stringify(data) };
  socket.ws.send(JSON.stringify(message));
}

/** The next message that is not a ping (one comes every three seconds). */
async function hear(socket: Socket): Promise<unknown> {
  const message = JSON.parse(await socket.text());
  return message.type === "ping" ? hear(socket) : message;
}
