import { Front, HTTP_DEFAULTS, type HttpFact, parseAddress } from "../../src/http/index.ts";
import { systemClock } from "../../src/kit/index.ts";

// Serves until it is killed; says its port, and what happens to its descriptors.
const head = { status: 200, lines: "", holds: 0 };
const said = (fact: HttpFact): void => {
  if (fact.type === "descriptors-spent") process.stdout.write(`${fact.type} ${fact.limit}\n`);
};
const front = new Front(
  (_, reply) => reply.respond(head, "hello"),
  HTTP_DEFAULTS,
  systemClock,
  said,
);
const bound = await front.listen(parseAddress("127.0.0.1:0"));
process.stdout.write(`port ${bound.kind === "tcp" ? bound.port : 0}\n`);
