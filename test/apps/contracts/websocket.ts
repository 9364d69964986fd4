import { deepEqual, equal, match, ok } from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { test } from "node:test";
import { browserTest } from "../browser.ts";
import { Socket } from "../socket.ts";
import { type App, Visitor } from "../visitor.ts";

/** What `examples/websocket` does on any server that offers `rack.hijack`. */
export function websocketContract(app: App): void {
  const open = () => Socket.open(app, "/", "echo");

  test("WebSocket example agrees on a protocol and sends text back", async () => {
    await using socket = await open();
    equal(socket.ws.protocol, "echo");
    for (const text of ["hello", "", "grüße 🌍"]) {
      socket.ws.send(text);
      deepEqual(await socket.next(), { bytes: Buffer.from(text), isBinary: false });
    }
  });

  test("WebSocket example sends big binary messages back", async () => {
    await using socket = await open();
    for (const sizeBytes of [126, 65_536, 1_000_000]) {
      const bytes = randomBytes(sizeBytes);
      socket.ws.send(bytes);
      const answer = await socket.next();
      ok(answer.isBinary && answer.bytes.equals(bytes), `${sizeBytes} bytes come back unchanged`);
    }
  });

  test("WebSocket example answers a ping and a close", async () => {
    await using socket = await open();
    const pong = once(socket.ws, "pong");
    socket.ws.ping("are you there");
    equal(String((await pong)[0]), "are you there");
    equal(await socket.close(), 1000);
  });

  test("WebSocket example keeps twenty sockets apart, though others vanish", async () => {
    const sockets = await Promise.all(Array.from({ length: 20 }, open));
    for (const { ws } of sockets.splice(0, 5)) ws.terminate();
    sockets.forEach(({ ws }, index) => {
      ws.send(`I am ${index}`);
    });
    const heard = await Promise.all(sockets.map((socket) => socket.text()));
    deepEqual(
      heard,
      sockets.map((_, index) => `I am ${index}`),
    );
    await Promise.all(sockets.map((socket) => socket.close()));
  });

  test("WebSocket example gives its page to everybody else", async () => {
    match(await new Visitor(app).read("/"), /<h1>Echo<\/h1>/);
  });

  browserTest("WebSocket example echoes in a browser", async (page) => {
    await page.goto(app().url);
    await page.getByText("open", { exact: true }).waitFor();
    await page.locator("#text").fill("from a browser");
    await page.getByRole("button").click();
    await page.locator("#log li", { hasText: "from a browser" }).waitFor();
  });
}
