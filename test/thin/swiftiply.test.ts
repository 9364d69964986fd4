import assert from "node:assert/strict";
import { test } from "node:test";
import { Relay } from "../harness/relay.ts";
import { bothSides, type Side } from "./side.ts";

const HI =
  'run ->(_) { [200, { "content-type" => "text/plain", "content-length" => "2" }, ["hi"]] }';

/** What a proxy sees of a server: what it says of itself, which requests it answers on one connection, and that it comes back. */
async function seen(side: Side, relay: Relay, host: string) {
  const running = side.start("start", "-a", host, "-p", String(relay.port), "-y", "mykey");
  const { greeting, line } = await relay.next();
  const answers: [number, string][] = [];
  for (const request of [
    "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    "GET / HTTP/1.0\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
  ]) {
    line.send(request);
    const { status, text } = await line.read();
    answers.push([status, text]);
  }
  line.socket.destroy();
  const back = await relay.next();
  back.line.socket.on("end", () => back.line.socket.end());
  running.signal("SIGINT");
  const { code } = await running.exited;
  const banner = side.lines(running.stdout()).find((one) => one.startsWith("Listening on"));
  return { greeting, answers, back: back.greeting, code, banner };
}

for (const host of ["127.0.0.1", "0.0.0.0"]) {
  test(`thin -y speaks to the proxy at ${host} as Thin does`, async (t) => {
    const relay = await Relay.open(t);
    const [thin, ours] = await bothSides(t, HI);
    assert.ok(thin && ours);
    const theirs = await seen(thin, relay, host);
    assert.match(theirs.greeting, /^swiftclient(7f000001|00000000)[0-9a-f]{4}05mykey$/);
    assert.deepEqual(await seen(ours, relay, host), theirs);
  });
}
