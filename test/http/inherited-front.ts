import { Front, formatAddress, HTTP_DEFAULTS, parseAddress } from "../../src/http/index.ts";
import { systemClock } from "../../src/kit/index.ts";

// Serves descriptor 3 until it is killed; says what that is once it does.
const head = { status: 200, lines: "", holds: 0 };
const front = new Front(
  (_, reply) => reply.respond(head, "inherited"),
  HTTP_DEFAULTS,
  systemClock,
  () => {},
);
const bound = await front.listen(parseAddress("fd:3"));
process.stdout.write(`${formatAddress(bound)}\n`);
