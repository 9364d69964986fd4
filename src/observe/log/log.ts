import type { Clock, Emit } from "../../kit/index.ts";
import type { Destination } from "./destination.ts";
import type { Format } from "./format.ts";
import type { AnyFact } from "./lines.ts";

/** Writes each fact as `format` has it. */
export function logTo(destination: Destination, format: Format, clock: Clock): Emit<AnyFact> {
  return (fact) => destination.write(format(fact, clock.wallMs()));
}
