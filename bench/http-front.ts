import { createServer } from "node:http";
import { Front, HTTP_DEFAULTS, parseAddress } from "../src/http/index.ts";
import { systemClock } from "../src/kit/index.ts";

// The front alone on port 7811 and node:http alone on 7812, each answering "Hello World":
// one after the other, `wrk -t1 -c32 -d4s http://127.0.0.1:7811/`. Ends on Ctrl-C.
const lines = "content-type: text/plain\r\ncontent-length: 12\r\n";
const head = { status: 200, lines, holds: 1 };
const front = new Front(
  (_, reply) => reply.respond(head, "Hello World\n"),
  HTTP_DEFAULTS,
  systemClock,
  () => {},
);
await front.listen(parseAddress("127.0.0.1:7811"));
createServer((_, response) => {
  response.writeHead(200, { "content-type": "text/plain", "content-length": "12" });
  response.end("Hello World\n");
}).listen(7812, "127.0.0.1");
